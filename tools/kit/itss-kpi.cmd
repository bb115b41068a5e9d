@echo off
setlocal
chcp 65001 >nul 2>nul
set PYTHONUTF8=1
"%~dp0python\python.exe" -m itss_kpi %*
exit /b %errorlevel%
