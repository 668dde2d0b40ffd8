"""What to install for a well-known module that isn't there."""

from __future__ import annotations

DATA = set(
    "numpy pandas matplotlib requests scipy scikit-learn seaborn plotly altair pillow openpyxl "
    "beautifulsoup4 sympy tqdm ipython".split()
)
"""The distributions of the extra [data]."""

RENAMED = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "IPython": "ipython",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "multipart": "python-multipart",
    "mysql": "mysql-connector-python",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "usb": "pyusb",
    "win32api": "pywin32",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Modules whose distribution has another name."""

SAME = DATA | set(
    "aiohttp anthropic arrow bokeh boto3 catboost celery chardet click cloudpickle cryptography cython "
    "dash dask datasets deap django duckdb faker fastapi feedparser fiona flask folium gensim geopandas "
    "geopy gradio graphviz gymnasium h5py holoviews httpx imageio jax jinja2 joblib jsonschema keras "
    "langchain lightgbm lxml markdown mlxtend moviepy mpmath networkx nltk numba openai optuna orjson "
    "paramiko peewee pendulum pingouin playwright plotnine polars prettytable prophet psutil psycopg pulp "
    "pyarrow pydantic pydub pygame pymongo pymysql pypdf pyproj pytesseract pytest pytz pyvis rasterio "
    "redis reportlab rich scrapy selenium shap shapely six spacy sqlalchemy sqlmodel starlette statsmodels "
    "streamlit tabulate tensorflow tiktoken torch torchvision tornado transformers typer ujson uvicorn "
    "websockets wordcloud xarray xgboost xlrd xlsxwriter yfinance zarr".split()
)


def advice(module: str | None) -> str | None:
    """How to get the module, by the name that was imported; None for one that isn't well known."""
    name = module or ""
    distribution = RENAMED.get(name) or (name if name in SAME else None)
    if distribution is None:
        return None
    text = (
        f"{name} isn't installed here. With networking, code installs it for its session: "
        f'subprocess.run([sys.executable, "-m", "pip", "install", "{distribution}"], check=True)'
    )
    if distribution in DATA:
        text += (
            '. For all code: pip install "cognitora[data]>=2" into the environment that runs it.'
        )
    return text
