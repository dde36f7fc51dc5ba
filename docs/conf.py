"""How Sphinx builds these pages: ``make docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

from fastpipe import __version__

project = "fastpipe"
author = "The fastpipe developers"
project_copyright = "The fastpipe developers; MIT licence"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generated_text"]
exclude_patterns = ["_build", "extensions", "*.toml"]
# Single backquotes in docstrings name things of Python; what has no page of its own stays as it is.
default_role = "py:obj"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
add_module_names = False
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "pydata_sphinx_theme"
html_title = "fastpipe"
html_context = {"default_mode": "auto"}
html_static_path = ["style"]
html_css_files = ["fastpipe.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    # Everything is on the disk: no logo, badge, font or search from elsewhere.
    "navbar_end": ["theme-switcher"],
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# Pages without neighbours need no list of them.
html_sidebars = {page: [] for page in ("index", "install", "first-search", "faq", "genindex", "py-modindex", "search")}
