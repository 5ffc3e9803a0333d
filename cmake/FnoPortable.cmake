# FNO_PORTABLE: programs for another machine, which has this one's glibc or a later one and none of our libraries.
# `tools/gpu_check pack` makes such a bundle for machines that have a GPU and nothing else.
option(FNO_PORTABLE "Programs that run on machines without our libraries: they are linked in" OFF)
if(FNO_PORTABLE)
  add_link_options(-static-libstdc++ -static-libgcc)
  # What cannot be linked in lies beside the programs.
  set(CMAKE_BUILD_RPATH "$ORIGIN/../lib")
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(ZLIB_USE_STATIC_LIBS ON)
  set(OPENSSL_USE_STATIC_LIBS ON)
  # These two come as shared libraries only, but are complete in their headers.
  find_path(FNO_FMT_INCLUDE fmt/format.h REQUIRED)
  find_path(FNO_TOML_INCLUDE toml++/toml.h REQUIRED)
  add_library(fmt::fmt INTERFACE IMPORTED)
  target_include_directories(fmt::fmt INTERFACE ${FNO_FMT_INCLUDE})
  target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)
  add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)
  target_include_directories(tomlplusplus::tomlplusplus INTERFACE ${FNO_TOML_INCLUDE})
endif()
