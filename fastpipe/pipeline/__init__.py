"""Which stages run in which order: the algorithms put together, without knowing how tasks are scheduled."""
