"""``python -m itss_kpi`` is ``itss-kpi``."""

from itss_kpi.cli.main import main

if __name__ == "__main__":
    main()
