@echo off
setlocal
chcp 65001 >nul 2>nul
set PYTHONUTF8=1
if exist "%~dp0python\python.exe" "%~dp0python\python.exe" "%~dp0python\start.py"
if not exist "%~dp0python\python.exe" echo Please extract the whole zip file first.
if not exist "%~dp0python\python.exe" echo 还没有解压:请先把压缩包“全部解压缩”,再到解压出来的文件夹中双击“开始”。
pause
