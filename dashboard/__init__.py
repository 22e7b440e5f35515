"""The dashboard: a Streamlit app over the library. Run it with `costmodel dashboard`."""
