#include "cuda/libraries/vendor.h"

#include <limits>
#include <type_traits>

#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

template <class E>
E unit() {
  if constexpr (std::is_floating_point_v<E>)
    return 1;
  else
    return {1, 0};
}

}  // namespace

VendorLibraries::~VendorLibraries() {
  // Nothing to be done about a refusal at the end.
  if (cublas_ != nullptr) (void)cublas().functions.destroy(cublas_);
  if (cudnn_ != nullptr) (void)cudnn().functions.destroy(cudnn_);
  for (const auto& [key, entry] : plans_)
    if (entry.made) (void)cufft().functions.destroy(entry.plan);
}

bool VendorLibraries::accepted(std::string_view library, const char* call, int status, const char* text) const {
  if (status == 0) return true;
  require<ErrorKind::device>(choice_ != CudaLibraries::vendor, "vendor libraries: ", library, ": ", call, ": ",
                             text != nullptr ? text : "refused", " (status ", status, ")");
  return false;
}

bool VendorLibraries::open_cublas() {
  if (cublas_ != nullptr || cublas_refused_) return cublas_ != nullptr;
  const Cublas& f = cublas().functions;
  const auto step = [&](const char* call, int status) {
    return accepted("cuBLAS", call, status, f.status_string(status));
  };
  cublas_refused_ = !(step("cublasCreate", f.create(&cublas_)) &&
                      step("cublasSetStream", f.set_stream(cublas_, context_.stream().handle)) &&
                      step("cublasSetMathMode", f.set_math_mode(cublas_, Cublas::kPedanticMath)));
  return !cublas_refused_;
}

bool VendorLibraries::open_cudnn() {
  if (cudnn_ != nullptr || cudnn_refused_) return cudnn_ != nullptr;
  const Cudnn& f = cudnn().functions;
  const auto step = [&](const char* call, int status) {
    return accepted("cuDNN", call, status, f.error_string(status));
  };
  cudnn_refused_ = !(step("cudnnCreate", f.create(&cudnn_)) &&
                     step("cudnnSetStream", f.set_stream(cudnn_, context_.stream().handle)));
  return !cudnn_refused_;
}

template <class E>
bool VendorLibraries::multiply(const Product<E>& p) {
  for (const std::int64_t extent : {p.m, p.n, p.k, p.lda, p.ldb, p.ldc, p.batch})
    if (extent < 1 || extent > std::numeric_limits<int>::max()) return false;
  if (!open_cublas()) return false;
  const E one = unit<E>();
  const Cublas& f = cublas().functions;
  const int status =
      f.product(E{})(cublas_, p.op_a, p.op_b, int(p.m), int(p.n), int(p.k), &one, p.a, int(p.lda), p.stride_a, p.b,
                     int(p.ldb), p.stride_b, &p.beta, p.c, int(p.ldc), p.stride_c, int(p.batch));
  return accepted("cuBLAS", "cublas<t>gemmStridedBatched", status, f.status_string(status));
}
template bool VendorLibraries::multiply(const Product<float>&);
template bool VendorLibraries::multiply(const Product<double>&);
template bool VendorLibraries::multiply(const Product<Complex<float>>&);
template bool VendorLibraries::multiply(const Product<Complex<double>>&);

}  // namespace fno::cuda::CU_TARGET
