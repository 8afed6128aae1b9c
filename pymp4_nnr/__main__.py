"""`python -m pymp4_nnr`: the command `pymp4-nnr`, for the Python that runs it."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="pymp4-nnr")
