#pragma once

#include <cstddef>

#include "cuda/libraries/shared_library.h"
#include "framework/kernels/scalar.h"

namespace fno::cuda::CU_TARGET {

/// What is used of cuFFT 12: packed transforms of one to three axes in batches. Declarations after cufft.h.
struct Cufft {
  using Plan = int;
  static constexpr int kForward = -1, kInverse = 1;
  /// Kinds of plan, for float and for double.
  static constexpr int kRealToComplex[2] = {0x2a, 0x6a}, kComplexToReal[2] = {0x2c, 0x6c},
                       kComplexToComplex[2] = {0x29, 0x69};

  int (*get_version)(int* version);
  int (*create)(Plan*);
  int (*destroy)(Plan);
  int (*set_auto_allocation)(Plan, int on);
  int (*make_plan_many)(Plan, int rank, long long* n, long long* inembed, long long istride, long long idist,
                        long long* onembed, long long ostride, long long odist, int kind, long long batch,
                        std::size_t* work_bytes);
  int (*set_stream)(Plan, void* stream);
  int (*set_work_area)(Plan, void* work);
  int (*float_real_to_complex)(Plan, float*, Complex<float>*);
  int (*double_real_to_complex)(Plan, double*, Complex<double>*);
  int (*float_complex_to_real)(Plan, Complex<float>*, float*);  ///< destroys its input
  int (*double_complex_to_real)(Plan, Complex<double>*, double*);
  int (*float_complex)(Plan, Complex<float>*, Complex<float>*, int direction);
  int (*double_complex)(Plan, Complex<double>*, Complex<double>*, int direction);

  int transform(Plan plan, float* x, Complex<float>* y) const { return float_real_to_complex(plan, x, y); }
  int transform(Plan plan, double* x, Complex<double>* y) const { return double_real_to_complex(plan, x, y); }
  int transform(Plan plan, Complex<float>* x, float* y) const { return float_complex_to_real(plan, x, y); }
  int transform(Plan plan, Complex<double>* x, double* y) const { return double_complex_to_real(plan, x, y); }
  int transform(Plan plan, Complex<float>* x, Complex<float>* y, int d) const { return float_complex(plan, x, y, d); }
  int transform(Plan plan, Complex<double>* x, Complex<double>* y, int d) const {
    return double_complex(plan, x, y, d);
  }
};

[[nodiscard]] Library<Cufft> load_cufft();
/// Loaded at the first call, and kept.
[[nodiscard]] const Library<Cufft>& cufft();

}  // namespace fno::cuda::CU_TARGET
