# Windows by Debian's MinGW-w64 (g++-mingw-w64-x86-64-posix); programs run in Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
# Wine would look for the compiler's libraries beside the program; CMake prefers the shared one of OpenMP unless it is told.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
execute_process(
  COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.a
  OUTPUT_VARIABLE libgomp
  OUTPUT_STRIP_TRAILING_WHITESPACE)
set(OpenMP_gomp_LIBRARY ${libgomp} CACHE FILEPATH "OpenMP, linked statically")
set(CMAKE_CROSSCOMPILING_EMULATOR wine)
