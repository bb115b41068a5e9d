"""``python -m itss_kpi`` is ``itss-kpi``: quiet from its first import on where somebody interrupts it."""

import os


def main() -> None:
    """The console script."""
    try:
        from itss_kpi.cli.main import main as program

        program()
    except KeyboardInterrupt:  # while it was being imported
        os._exit(130)


if __name__ == "__main__":
    main()
