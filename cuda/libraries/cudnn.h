#pragma once

#include <cstddef>

#include "cuda/libraries/shared_library.h"

namespace fno::cuda::CU_TARGET {

/// What is used of cuDNN 9: convolutions by descriptors, with algorithms that give the same bits in every run.
/// Declarations after cudnn_graph.h, cudnn_ops.h and cudnn_cnn.h, enumerations as int.
struct Cudnn {
  using Handle = void*;
  using Descriptor = void*;
  static constexpr int kFloat = 0, kDouble = 1;
  static constexpr int kPacked = 0;  ///< CUDNN_TENSOR_NCHW
  static constexpr int kCrossCorrelation = 1;
  static constexpr int kFmaMath = 3;         ///< no tensor cores: float32 throughout
  static constexpr int kForward = 1;         ///< IMPLICIT_PRECOMP_GEMM
  static constexpr int kBackwardData = 1;    ///< ALGO_1; ALGO_0 adds in any order
  static constexpr int kBackwardFilter = 1;  ///< ALGO_1; ALGO_0 adds in any order

  std::size_t (*get_version)();
  const char* (*error_string)(int status);
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*set_stream)(Handle, void* stream);
  int (*create_tensor)(Descriptor*);
  int (*destroy_tensor)(Descriptor);
  int (*set_tensor)(Descriptor, int type, int axes, const int* extents, const int* strides);
  int (*create_filter)(Descriptor*);
  int (*destroy_filter)(Descriptor);
  int (*set_filter)(Descriptor, int type, int format, int axes, const int* extents);
  int (*create_convolution)(Descriptor*);
  int (*destroy_convolution)(Descriptor);
  int (*set_convolution)(Descriptor, int axes, const int* padding, const int* stride, const int* dilation, int mode,
                         int type);
  int (*set_math_type)(Descriptor, int math);
  int (*forward_bytes)(Handle, Descriptor x, Descriptor w, Descriptor conv, Descriptor y, int algorithm,
                       std::size_t* bytes);
  int (*forward)(Handle, const void* alpha, Descriptor x, const void*, Descriptor w, const void*, Descriptor conv,
                 int algorithm, void* work, std::size_t bytes, const void* beta, Descriptor y, void*);
  int (*backward_data_bytes)(Handle, Descriptor w, Descriptor dy, Descriptor conv, Descriptor dx, int algorithm,
                             std::size_t* bytes);
  int (*backward_data)(Handle, const void* alpha, Descriptor w, const void*, Descriptor dy, const void*,
                       Descriptor conv, int algorithm, void* work, std::size_t bytes, const void* beta, Descriptor dx,
                       void*);
  int (*backward_filter_bytes)(Handle, Descriptor x, Descriptor dy, Descriptor conv, Descriptor dw, int algorithm,
                               std::size_t* bytes);
  int (*backward_filter)(Handle, const void* alpha, Descriptor x, const void*, Descriptor dy, const void*,
                         Descriptor conv, int algorithm, void* work, std::size_t bytes, const void* beta, Descriptor dw,
                         void*);
};

[[nodiscard]] Library<Cudnn> load_cudnn();
/// Loaded at the first call, and kept.
[[nodiscard]] const Library<Cudnn>& cudnn();

}  // namespace fno::cuda::CU_TARGET
