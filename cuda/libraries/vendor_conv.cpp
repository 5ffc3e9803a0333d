// Convolutions by cuBLAS (kernels of one point are matrix products) and by cuDNN (all others).
#include <limits>
#include <type_traits>

#include "cuda/libraries/vendor.h"

namespace fno::cuda::CU_TARGET {
namespace {

// Where a library is expected to win, until a device has been measured: products wide enough to fill its tiles.
constexpr int kWideChannels = 64;

bool is_wide(const ConvGeometry& g) { return g.in >= kWideChannels && g.out >= kWideChannels; }

bool is_pointwise(const ConvGeometry& g) {
  for (int a = 0; a < kGridAxes; ++a)
    if (g.kernel[a] != 1 || g.stride[a] != 1 || g.padding[a] != 0) return false;
  return true;
}

// The descriptors of one call, destroyed with it.
class Descriptors {
 public:
  explicit Descriptors(const Cudnn& functions) : f_(functions) {}
  ~Descriptors() {
    for (const Cudnn::Descriptor d : {x, y})
      if (d != nullptr) (void)f_.destroy_tensor(d);
    if (w != nullptr) (void)f_.destroy_filter(w);
    if (conv != nullptr) (void)f_.destroy_convolution(conv);
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  // The first status that is not 0, or 0. cuDNN wants two grid axes at least; a third only if there is one.
  int describe(const ConvGeometry& g, int type) {
    const bool flat = g.size[0] == 1 && g.kernel[0] == 1 && g.stride[0] == 1 && g.padding[0] == 0;
    const int first = flat ? 1 : 0, axes = kGridAxes - first;
    const int dilation[kGridAxes] = {1, 1, 1};
    int status = 0;
    const auto then = [&](auto&& call) { status = status == 0 ? call() : status; };
    for (Cudnn::Descriptor* d : {&x, &y}) then([&] { return f_.create_tensor(d); });
    then([&] { return f_.create_filter(&w); });
    then([&] { return f_.create_convolution(&conv); });
    then([&] { return set_tensor(x, type, g.batch, g.in, g.size + first, axes); });
    then([&] { return set_tensor(y, type, g.batch, g.out, g.out_size + first, axes); });
    then([&] {
      int extents[2 + kGridAxes] = {g.out, g.in};
      for (int a = 0; a < axes; ++a) extents[2 + a] = g.kernel[first + a];
      return f_.set_filter(w, type, Cudnn::kPacked, 2 + axes, extents);
    });
    then([&] {
      return f_.set_convolution(conv, axes, g.padding + first, g.stride + first, dilation, Cudnn::kCrossCorrelation,
                                type);
    });
    then([&] { return f_.set_math_type(conv, Cudnn::kFmaMath); });
    return status;
  }

  Cudnn::Descriptor x = nullptr, y = nullptr, w = nullptr, conv = nullptr;

 private:
  int set_tensor(Cudnn::Descriptor d, int type, int batch, int channels, const int* size, int axes) const {
    int extents[2 + kGridAxes] = {batch, channels}, strides[2 + kGridAxes];
    for (int a = 0; a < axes; ++a) extents[2 + a] = size[a];
    strides[1 + axes] = 1;
    for (int a = axes; a >= 0; --a) strides[a] = strides[a + 1] * extents[a + 1];
    return f_.set_tensor(d, type, 2 + axes, extents, strides);
  }

  const Cudnn& f_;
};

// cuDNN counts elements by int.
bool fits(const ConvGeometry& g) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  const std::int64_t batch = g.batch;
  return g.batch > 0 && g.in > 0 && g.out > 0 && g.points() > 0 && g.out_points() > 0 &&
         batch * g.in <= kMost / g.points() && batch * g.out <= kMost / g.out_points();
}

}  // namespace

template <class T>
void VendorLibraries::fill_with_bias(const T* bias, T* y, std::int64_t batch, std::int64_t channels,
                                     std::int64_t points) {
  StridedPair pair;
  pair.add(batch, 0, channels * points);
  pair.add(channels, 1, points);
  pair.add(points, 0, 1);
  execute(context_, StridedCopy<T>{.from = bias, .to = y, .pair = pair});
}

template <class T>
bool VendorLibraries::convolve(Pass pass, const ConvGeometry& g, const T* first, const T* second, T* result, bool add) {
  if (!fits(g) || !open_cudnn()) return false;
  const Cudnn& f = cudnn().functions;
  const auto step = [&](const char* call, int status) {
    return accepted("cuDNN", call, status, f.error_string(status));
  };
  Descriptors d(f);
  if (!step("descriptors", d.describe(g, std::is_same_v<T, float> ? Cudnn::kFloat : Cudnn::kDouble))) return false;
  const T one = 1, beta = add ? 1 : 0;
  std::size_t bytes = 0;
  if (pass == Pass::forward) {
    constexpr int kAlgorithm = Cudnn::kForward;
    if (!step("cudnnGetConvolutionForwardWorkspaceSize",
              f.forward_bytes(cudnn_, d.x, d.w, d.conv, d.y, kAlgorithm, &bytes)))
      return false;
    const Scratch<char> work(context_, bytes);
    return step("cudnnConvolutionForward", f.forward(cudnn_, &one, d.x, first, d.w, second, d.conv, kAlgorithm,
                                                     work.data(), bytes, &beta, d.y, result));
  }
  if (pass == Pass::backward_data) {
    constexpr int kAlgorithm = Cudnn::kBackwardData;
    if (!step("cudnnGetConvolutionBackwardDataWorkspaceSize",
              f.backward_data_bytes(cudnn_, d.w, d.y, d.conv, d.x, kAlgorithm, &bytes)))
      return false;
    const Scratch<char> work(context_, bytes);
    return step("cudnnConvolutionBackwardData", f.backward_data(cudnn_, &one, d.w, second, d.y, first, d.conv,
                                                                kAlgorithm, work.data(), bytes, &beta, d.x, result));
  }
  constexpr int kAlgorithm = Cudnn::kBackwardFilter;
  if (!step("cudnnGetConvolutionBackwardFilterWorkspaceSize",
            f.backward_filter_bytes(cudnn_, d.x, d.y, d.conv, d.w, kAlgorithm, &bytes)))
    return false;
  const Scratch<char> work(context_, bytes);
  return step("cudnnConvolutionBackwardFilter", f.backward_filter(cudnn_, &one, d.x, first, d.y, second, d.conv,
                                                                  kAlgorithm, work.data(), bytes, &beta, d.w, result));
}

// y[b] (Co, P) = w (Co, Ci) · x[b] (Ci, P); read by columns that is (P, Co) = (P, Ci) · (Ci, Co).
template <class T>
bool VendorLibraries::start(const Conv<T>& j) {
  const ConvGeometry& g = j.g;
  const bool pointwise = is_pointwise(g);
  if (!(pointwise ? wanted(cublas(), is_wide(g)) : wanted(cudnn(), is_wide(g))) || !fits(g)) return false;
  if (j.bias != nullptr) fill_with_bias(j.bias, j.y, g.batch, g.out, g.out_points());
  if (!pointwise) return convolve(Pass::forward, g, j.x, j.w, j.y, j.bias != nullptr);
  const std::int64_t points = g.points();
  return multiply(Product<T>{.op_a = Cublas::kNormal,
                             .op_b = Cublas::kNormal,
                             .m = points,
                             .n = g.out,
                             .k = g.in,
                             .a = j.x,
                             .lda = points,
                             .stride_a = g.in * points,
                             .b = j.w,
                             .ldb = g.in,
                             .stride_b = 0,
                             .c = j.y,
                             .ldc = points,
                             .stride_c = g.out * points,
                             .batch = g.batch,
                             .beta = T(j.bias != nullptr ? 1 : 0)});
}

// dx[b] (Ci, P) = wᵀ (Ci, Co) · dy[b] (Co, P).
template <class T>
bool VendorLibraries::start(const ConvInputGrad<T>& j) {
  const ConvGeometry& g = j.g;
  const bool pointwise = is_pointwise(g);
  if (!(pointwise ? wanted(cublas(), is_wide(g)) : wanted(cudnn(), is_wide(g))) || !fits(g)) return false;
  if (j.bias != nullptr) fill_with_bias(j.bias, j.dx, g.batch, g.in, g.points());
  if (!pointwise) return convolve(Pass::backward_data, g, j.dy, j.w, j.dx, j.bias != nullptr);
  const std::int64_t points = g.points();
  return multiply(Product<T>{.op_a = Cublas::kNormal,
                             .op_b = Cublas::kTransposed,
                             .m = points,
                             .n = g.in,
                             .k = g.out,
                             .a = j.dy,
                             .lda = points,
                             .stride_a = g.out * points,
                             .b = j.w,
                             .ldb = g.in,
                             .stride_b = 0,
                             .c = j.dx,
                             .ldc = points,
                             .stride_c = g.in * points,
                             .batch = g.batch,
                             .beta = T(j.bias != nullptr ? 1 : 0)});
}

// dw (Co, Ci) = Σ_b dy[b] (Co, P) · x[b]ᵀ (P, Ci): a product a sample, then their sum in a fixed order.
template <class T>
bool VendorLibraries::start(const ConvWeightGrad<T>& j) {
  const ConvGeometry& g = j.g;
  const bool pointwise = is_pointwise(g);
  if (!(pointwise ? wanted(cublas(), is_wide(g)) : wanted(cudnn(), is_wide(g))) || !fits(g)) return false;
  if (!pointwise) return convolve(Pass::backward_filter, g, j.x, j.dy, j.dw, false);
  const std::int64_t points = g.points(), weights = std::int64_t{g.in} * g.out;
  const Scratch<T> samples(context_, g.batch > 1 ? std::size_t(g.batch * weights) : 0);
  T* const each = g.batch > 1 ? samples.data() : j.dw;
  if (!multiply(Product<T>{.op_a = Cublas::kTransposed,
                           .op_b = Cublas::kNormal,
                           .m = g.in,
                           .n = g.out,
                           .k = points,
                           .a = j.x,
                           .lda = points,
                           .stride_a = g.in * points,
                           .b = j.dy,
                           .ldb = points,
                           .stride_b = g.out * points,
                           .c = each,
                           .ldc = g.in,
                           .stride_c = weights,
                           .batch = g.batch}))
    return false;
  if (g.batch > 1)
    execute(context_,
            Reduce<T>{.x = each, .y = j.dw, .axes = 2, .size = {g.batch, weights}, .keep = {false, true}, .scale = 1});
  return true;
}

#define FNO_INSTANTIATE_RUN(T)                                   \
  template bool VendorLibraries::start(const Conv<T>&);          \
  template bool VendorLibraries::start(const ConvInputGrad<T>&); \
  template bool VendorLibraries::start(const ConvWeightGrad<T>&);
FNO_INSTANTIATE_RUN(float)
FNO_INSTANTIATE_RUN(double)
#undef FNO_INSTANTIATE_RUN

}  // namespace fno::cuda::CU_TARGET
