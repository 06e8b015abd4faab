"""One FastAPI route that does nothing, on the server options of `serve`: ``python -m bench.empty PORT``."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

app = FastAPI()


@app.get("/")
async def nothing() -> Response:
    return Response(b"{}")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
