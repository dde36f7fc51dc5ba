"""Who runs the tasks of the pipeline. The only package that imports Dask."""
