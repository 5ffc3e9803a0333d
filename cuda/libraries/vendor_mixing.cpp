// Mixing by cuBLAS: one complex product a mode. Only where mode m has weight m, so that strides reach all of them.
#include "cuda/libraries/vendor.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kWideChannels = 64;  // where cuBLAS is expected to win, until a device has been measured

bool in_order(const ModeSet& modes) {
  if (modes.weight_modes != modes.count() || modes.count() == 0) return false;
  for (int m = 0; m < modes.count(); ++m)
    if (modes.weight_index[static_cast<std::size_t>(m)] != m) return false;
  return true;
}

template <class Job>
bool is_wide(const Job& j) {
  return j.in >= kWideChannels && j.out >= kWideChannels;
}

}  // namespace

// y (B, Co) = x (B, Ci) · w (Ci, Co); read by columns (Co, B) = (Co, Ci) · (Ci, B).
template <class T>
bool VendorLibraries::start(const MixChannels<T>& j) {
  if (!in_order(*j.modes) || !wanted(cublas(), is_wide(j))) return false;
  const std::int64_t in = j.in, out = j.out, batch = j.batch;
  return multiply(Product<Complex<T>>{.op_a = Cublas::kNormal,
                                      .op_b = Cublas::kNormal,
                                      .m = out,
                                      .n = batch,
                                      .k = in,
                                      .a = j.w,
                                      .lda = out,
                                      .stride_a = in * out,
                                      .b = j.x,
                                      .ldb = in,
                                      .stride_b = batch * in,
                                      .c = j.y,
                                      .ldc = out,
                                      .stride_c = batch * out,
                                      .batch = j.modes->count()});
}

// dx (B, Ci) = dy (B, Co) · wᴴ (Co, Ci); by columns (Ci, B) = conj(w) (Ci, Co) · (Co, B), and w by columns is (Co, Ci).
template <class T>
bool VendorLibraries::start(const MixInputGrad<T>& j) {
  if (!in_order(*j.modes) || !wanted(cublas(), is_wide(j))) return false;
  const std::int64_t in = j.in, out = j.out, batch = j.batch;
  return multiply(Product<Complex<T>>{.op_a = Cublas::kAdjoint,
                                      .op_b = Cublas::kNormal,
                                      .m = in,
                                      .n = batch,
                                      .k = out,
                                      .a = j.w,
                                      .lda = out,
                                      .stride_a = in * out,
                                      .b = j.dy,
                                      .ldb = out,
                                      .stride_b = batch * out,
                                      .c = j.dx,
                                      .ldc = in,
                                      .stride_c = batch * in,
                                      .batch = j.modes->count()});
}

// dw (Ci, Co) = xᴴ (Ci, B) · dy (B, Co); by columns (Co, Ci) = (Co, B) · conj(x) (B, Ci), and x by columns is (Ci, B).
template <class T>
bool VendorLibraries::start(const MixWeightGrad<T>& j) {
  if (!in_order(*j.modes) || !wanted(cublas(), is_wide(j))) return false;
  const std::int64_t in = j.in, out = j.out, batch = j.batch;
  return multiply(Product<Complex<T>>{.op_a = Cublas::kNormal,
                                      .op_b = Cublas::kAdjoint,
                                      .m = out,
                                      .n = in,
                                      .k = batch,
                                      .a = j.dy,
                                      .lda = out,
                                      .stride_a = batch * out,
                                      .b = j.x,
                                      .ldb = in,
                                      .stride_b = batch * in,
                                      .c = j.dw,
                                      .ldc = out,
                                      .stride_c = in * out,
                                      .batch = j.modes->count()});
}

#define FNO_INSTANTIATE_RUN(T)                                  \
  template bool VendorLibraries::start(const MixChannels<T>&);  \
  template bool VendorLibraries::start(const MixInputGrad<T>&); \
  template bool VendorLibraries::start(const MixWeightGrad<T>&);
FNO_INSTANTIATE_RUN(float)
FNO_INSTANTIATE_RUN(double)
#undef FNO_INSTANTIATE_RUN

}  // namespace fno::cuda::CU_TARGET
