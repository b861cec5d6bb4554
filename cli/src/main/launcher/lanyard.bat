@echo off
rem Starts Lanyard with the Java it finds: JAVA_HOME first, then PATH.
rem LANYARD_JAVA_OPTIONS adds options for the Java virtual machine.
setlocal DisableDelayedExpansion

set "JAVA=java"
set "NEWER="
if not defined JAVA_HOME goto options
set "JAVA=%JAVA_HOME%\bin\java.exe"
if not exist "%JAVA%" (
  echo lanyard: there is no bin\java.exe in JAVA_HOME; point it at a JDK or JRE 17 or newer 1>&2
  exit /b 1
)
rem The file "release" of every JDK tells its version without starting it.
findstr /r /c:"^JAVA_VERSION=.2[4-9]" /c:"^JAVA_VERSION=.[3-9][0-9]" "%JAVA_HOME%\release" >nul 2>&1 && set "NEWER=--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

:options
set "OPTIONS=-Xmx256m -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
if "%~1"=="up" set "OPTIONS=-Xms64m -Xmx512m -XX:+ExitOnOutOfMemoryError"
for %%J in ("%~dp0..\lib\lanyard-cli-*.jar") do set "JAR=%%~fJ"

"%JAVA%" -XX:+UseSerialGC -Xshare:auto -XX:-CreateCoredumpOnCrash "-Djdk.serialFilter=!*" %NEWER% %OPTIONS% %LANYARD_JAVA_OPTIONS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
