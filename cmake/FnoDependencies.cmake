# Found here, once: an imported target is known only from the folder that found it downwards.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)                       # zip archives of NPZ files
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # SHA-256
find_package(nlohmann_json 3.7 REQUIRED)
if(NOT FNO_PORTABLE)
  find_package(fmt REQUIRED)
  find_package(tomlplusplus REQUIRED)
endif()
find_package(PNG REQUIRED)

# Files of other programs; without their library they are refused with a line that says so.
option(FNO_HDF5 "Read and write HDF5, and read MATLAB 7.3, where libhdf5 is found" ON)
option(FNO_MATIO "Read older MATLAB files where libmatio is found" ON)
if(FNO_PORTABLE)
  set(FNO_HDF5 OFF)
  set(FNO_MATIO OFF)
endif()
# fno_optional_library(TARGET HEADER suffix of its folder, NAMES of the library)
function(fno_optional_library target header suffix)
  find_path(${target}_include ${header} PATH_SUFFIXES ${suffix})
  find_library(${target}_library NAMES ${ARGN})
  if(${target}_include AND ${target}_library)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${${target}_library})
    target_include_directories(${target} SYSTEM INTERFACE ${${target}_include})
  endif()
endfunction()
if(FNO_HDF5)
  fno_optional_library(fno_hdf5 hdf5.h hdf5/serial hdf5_serial hdf5)  # Debian's folder, and its name beside MPI's
endif()
if(FNO_MATIO)
  fno_optional_library(fno_matio matio.h include matio)
endif()
