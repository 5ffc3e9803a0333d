#pragma once

#include "cuda/libraries/shared_library.h"
#include "framework/kernels/scalar.h"

namespace fno::cuda::CU_TARGET {

/// What is used of cuBLAS 13: strided batches of matrix products. Matrices are column-major; declarations after
/// cublas_api.h, enumerations as int.
struct Cublas {
  using Handle = void*;
  static constexpr int kNormal = 0, kTransposed = 1, kAdjoint = 2;
  static constexpr int kPedanticMath = 2;  ///< float32 throughout

  template <class E>
  using Product = int(Handle, int op_a, int op_b, int m, int n, int k, const E* alpha, const E* a, int lda,
                      long long stride_a, const E* b, int ldb, long long stride_b, const E* beta, E* c, int ldc,
                      long long stride_c, int batch);

  int (*get_property)(int which, int* value);
  const char* (*status_string)(int status);
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*set_stream)(Handle, void* stream);
  int (*set_math_mode)(Handle, int mode);
  Product<float>* float_product;
  Product<double>* double_product;
  Product<Complex<float>>* complex_float_product;
  Product<Complex<double>>* complex_double_product;

  [[nodiscard]] Product<float>* product(float) const { return float_product; }
  [[nodiscard]] Product<double>* product(double) const { return double_product; }
  [[nodiscard]] Product<Complex<float>>* product(Complex<float>) const { return complex_float_product; }
  [[nodiscard]] Product<Complex<double>>* product(Complex<double>) const { return complex_double_product; }
};

[[nodiscard]] Library<Cublas> load_cublas();
/// Loaded at the first call, and kept.
[[nodiscard]] const Library<Cublas>& cublas();

}  // namespace fno::cuda::CU_TARGET
