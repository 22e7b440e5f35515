"""Pages, one module each, listed in app.py. Streamlit itself runs the modules of a folder called pages/."""
