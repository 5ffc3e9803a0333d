# Included by the project's CMakeLists.txt, since a language belongs to the directory that enables it and those below.
option(FNO_CUDA "Build the CUDA backend; needs nvcc" OFF)
option(FNO_CUDA_EMULATION "Build the CUDA backend against the emulator; needs no CUDA" OFF)
set(FNO_CUDA_ARCHITECTURES 80-real 90a-real CACHE STRING "GPU architectures to compile for, as CUDA_ARCHITECTURES")

if(FNO_CUDA)
  # CMake 3.25 does not know nvcc's C++20, and passes the demand for it on from every target that has it.
  if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  endif()
  set(CMAKE_CUDA_ARCHITECTURES ${FNO_CUDA_ARCHITECTURES})
  enable_language(CUDA)
  # Only now: the compiler's own checks, in a project of their own, lack the two variables above.
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  find_package(CUDAToolkit REQUIRED)
endif()
