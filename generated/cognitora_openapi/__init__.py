"""The low-level client of the Cognitora API, written by `make generate`."""

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing it from typing takes 8 ms
if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client
else:
    _MODULES = {"AuthenticatedClient": ".client", "Client": ".client"}

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted([*globals(), *_MODULES])


__all__ = ("AuthenticatedClient", "Client")
