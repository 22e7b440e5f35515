"""Pages, one module each; app.py lists them. (A folder called pages/ would be run by Streamlit on its own.)"""
