#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "cuda/context.h"
#include "cuda/device.h"
#include "cuda/libraries/cublas.h"
#include "cuda/libraries/cudnn.h"
#include "cuda/libraries/cufft.h"
#include "framework/error.h"

namespace fno::cuda::CU_TARGET {

/// The jobs of the contracts that cuBLAS, cuFFT and cuDNN can run, on the context's stream, with the results of our
/// kernels to rounding and the same bits in every run:
///
///   cuBLAS  convolutions of one point, their input and weight gradients; mixing, where mode m has weight m
///   cuDNN   other convolutions, their input and weight gradients
///   cuFFT   Rfft, Irfft, Fft
class VendorLibraries {
 public:
  VendorLibraries(Context& context, CudaLibraries choice) : context_(context), choice_(choice) {}
  ~VendorLibraries();
  VendorLibraries(const VendorLibraries&) = delete;
  VendorLibraries& operator=(const VendorLibraries&) = delete;

  /// Whether libraries are to run what they can.
  [[nodiscard]] bool wanted() const { return choice_ != CudaLibraries::own; }
  /// True if a library has run the job, false if our kernel is to. Errors: device, with `vendor` alone.
  template <class Job>
  [[nodiscard]] bool run(const Job& job) {
    if (!wanted()) return false;
    if constexpr (requires { start(job); })
      return start(job);
    else
      return false;
  }

 private:
  template <class T>
  bool start(const Conv<T>& job);
  template <class T>
  bool start(const ConvInputGrad<T>& job);
  template <class T>
  bool start(const ConvWeightGrad<T>& job);
  template <class T>
  bool start(const MixChannels<T>& job);
  template <class T>
  bool start(const MixInputGrad<T>& job);
  template <class T>
  bool start(const MixWeightGrad<T>& job);
  template <class T>
  bool start(const Rfft<T>& job);
  template <class T>
  bool start(const Irfft<T>& job);
  template <class T>
  bool start(const Fft<T>& job);

  /// C (m, n) = op(A) (m, k) · op(B) (k, n) + beta·C for each of a batch, column-major as in cuBLAS.
  template <class E>
  struct Product {
    int op_a, op_b;
    std::int64_t m, n, k;
    const E* a;
    std::int64_t lda, stride_a;
    const E* b;
    std::int64_t ldb, stride_b;
    E* c;
    std::int64_t ldc, stride_c, batch;
    E beta = {};
  };
  template <class E>
  bool multiply(const Product<E>& product);

  enum class Pass { forward, backward_data, backward_filter };
  /// A pass of the convolution `g` with cuDNN; `add` adds to the result. Operands: forward x, w → y; backward_data
  /// dy, w → dx; backward_filter x, dy → dw.
  template <class T>
  bool convolve(Pass pass, const ConvGeometry& g, const T* first, const T* second, T* result, bool add);

  template <class T, class In, class Out>
  bool transform(const int (&kinds)[2], In* in, Out* out, std::int64_t planes, const int (&size)[kGridAxes],
                 int direction);

  /// y[b,c,p] = bias[c], to be added to.
  template <class T>
  void fill_with_bias(const T* bias, T* y, std::int64_t batch, std::int64_t channels, std::int64_t points);

  /// Whether the library can be used and is wanted for such work; throws if it must be used and cannot.
  template <class Functions>
  bool wanted(const Library<Functions>& library, bool expected_to_win) const {
    if (choice_ == CudaLibraries::automatic) return expected_to_win && library.usable();
    require<ErrorKind::device>(library.usable(), "vendor libraries: ", library.name, ": ", library.problem);
    return true;
  }
  /// True for status 0. Otherwise false, or Error(device) with `vendor`.
  bool accepted(std::string_view library, const char* call, int status, const char* text = nullptr) const;
  bool open_cublas();
  bool open_cudnn();

  Context& context_;
  CudaLibraries choice_;
  Cublas::Handle cublas_ = nullptr;
  Cudnn::Handle cudnn_ = nullptr;
  bool cublas_refused_ = false, cudnn_refused_ = false;
  struct PlanWithSpace {
    Cufft::Plan plan = 0;
    std::size_t bytes = 0;
    bool made = false;
  };
  std::map<std::tuple<int, int, int, int, std::int64_t>, PlanWithSpace> plans_;
};

}  // namespace fno::cuda::CU_TARGET
