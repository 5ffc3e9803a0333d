// Convolutions of kernel 1, alone or with the end of a synthesis: one product of matrices with K = channels + 2·modes.
#include <algorithm>

#include "cuda/detail/complex.cuh"
#include "cuda/detail/grid.h"
#include "cuda/detail/pack.cuh"
#include "cuda/detail/pointwise.cuh"
#include "cuda/pointwise_conv.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kTall = 8;  // output channels of a thread, which are those of its warp
template <class T>
constexpr int kDepth = 64 / int(sizeof(T));     // input channels of a step
constexpr std::size_t kMostShared = 96 * 1024;  // of a block: two on a multiprocessor
constexpr int kMostItems = 8,
              kEnoughBlocks = 600;  // tiles that a block makes one after another, to reuse what it holds

/// What a block keeps in shared memory, in numbers: all weights of its output channels, the waves of its columns, and
/// of x and the spectra what is being used and what comes next.
template <class T>
struct Layout {
  int channels, pitch, columns, modes, rows;  // channels rounded up to whole steps
  __host__ __device__ Layout(int in, int in_modes, int in_rows, int in_columns)
      : channels((in + kDepth<T> - 1) / kDepth<T> * kDepth<T>),
        pitch(in_rows + kPack<T>),
        columns(in_columns),
        modes(in_modes),
        rows(in_rows) {}
  __host__ __device__ int x() const { return channels * pitch; }
  __host__ __device__ int waves() const { return x() + 2 * kDepth<T> * columns; }
  __host__ __device__ int spectra() const { return waves() + 2 * modes * columns; }
  __host__ __device__ int end() const { return spectra() + 2 * 2 * modes * rows; }
};

/// How the work is cut. An item is one row (with a synthesis) or one stretch of points (without) by all output channels
/// of a block; a block takes `items` of them, one tile of columns and rows below each other, or neighbouring tiles of
/// one row.
struct Cut {
  int tiles, row_tiles, groups, items;  // tiles of columns, of output channels; groups of items a tile, or in all
  bool packs;                           // x is made of packs
};

// A warp makes kTall output channels of 32·kWide columns, a lane every 32nd: weights and spectra are broadcast, x and
// waves are read without conflicts, and stores run along the points. x is read once for each kTall·kWarps output
// channels, y written once. 2·(Ci + 2·modes) flop a result.
template <class T, int kWarps, int kWide>
__global__ void __launch_bounds__(32 * kWarps) pointwise_conv_kernel(PointwiseConv<T> j, Cut cut) {
  constexpr int kThreads = 32 * kWarps, kRows = kTall * kWarps, kColumns = 32 * kWide, kD = kDepth<T>, kP = kPack<T>;
  CU_DYN_SHARED(T, shared);
  const Layout<T> at(j.in, j.modes, kRows, kColumns);
  T* const w_tile = shared;
  T* const x_tile = shared + at.x();
  auto* const wave_tile = reinterpret_cast<Complex<T>*>(shared + at.waves());
  auto* const spectrum_tile = reinterpret_cast<Complex<T>*>(shared + at.spectra());

  const int thread = int(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int o0 = int(blockIdx.x) % cut.row_tiles * kRows, rest = int(blockIdx.x) / cut.row_tiles;
  const int per_sample = j.modes > 0 ? cut.tiles * cut.groups : cut.groups;
  const int b = rest / per_sample, place = rest % per_sample;
  const bool down = j.modes > 0;  // items lie below each other
  const int tile0 = down ? place / cut.groups : place * cut.items, h0 = down ? place % cut.groups * cut.items : 0;
  const int items = min(cut.items, down ? j.rows - h0 : cut.tiles - tile0), steps = at.channels / kD;
  const std::int64_t plane = std::int64_t{j.rows} * j.points, planes = std::int64_t{j.batch} * j.out;
  const T* const x = j.x + b * j.in * plane;

  // Lanes along the contiguous axis of the weights.
  CU_UNROLL_BY(1) for (int e = thread; e < at.channels * kRows; e += kThreads) {
    const int c = j.w_in == 1 ? e % at.channels : e / kRows, r = j.w_in == 1 ? e / at.channels : e % kRows;
    w_tile[c * at.pitch + r] = c < j.in && o0 + r < j.out ? j.w[(o0 + r) * j.w_out + c * j.w_in] : T(0);
  }
  CU_UNROLL_BY(1) for (int e = thread; e < j.modes * kColumns; e += kThreads) {
    const int p = tile0 * kColumns + e % kColumns;
    const Complex<T> wave =
        p < j.points ? load_element(j.waves + std::int64_t{e / kColumns} * j.points + p) : Complex<T>{0, 0};
    store_element(wave_tile + e, scaled(wave, j.scale));
  }

  const auto fetch = [&](int item, int step, int stage) {
    const int first = (down ? tile0 : tile0 + item) * kColumns, h = down ? h0 + item : 0;
    const T* const row = x + std::int64_t{h} * j.points + first;
    T* const to = x_tile + stage * kD * kColumns;
    if (cut.packs) {
      constexpr int kAcross = kColumns / kP;
      CU_UNROLL_BY(1) for (int e = thread; e < kD * kAcross; e += kThreads) {
        const int k = e / kAcross, p = e % kAcross * kP, c = step * kD + k;
        const bool there = c < j.in && first + p < j.points;
        cu::cp_async<16>(to + k * kColumns + p, there ? row + c * plane + p : j.x, there ? 16u : 0u);
      }
    } else {
      CU_UNROLL_BY(1) for (int k = warp; k < kD; k += kWarps) {
        const int c = step * kD + k;
        const T* const line = row + c * plane;
        for (int i = 0; i < kWide; ++i) {
          const int p = lane + 32 * i;
          const bool there = c < j.in && first + p < j.points;
          cu::cp_async<sizeof(T)>(to + k * kColumns + p, there ? line + p : j.x, there ? sizeof(T) : 0u);
        }
      }
    }
    if (step > 0 || j.modes == 0) return;
    const Complex<T>* const from = j.spectra + std::int64_t{h} * j.modes * planes + std::int64_t{b} * j.out + o0;
    Complex<T>* const spectra = spectrum_tile + item % 2 * j.modes * kRows;
    CU_UNROLL_BY(1) for (int e = thread; e < j.modes * kRows; e += kThreads) {
      const int r = e % kRows;
      const bool there = o0 + r < j.out;
      cu::cp_async<sizeof(Complex<T>)>(spectra + e, there ? from + e / kRows * planes + r : j.spectra,
                                       there ? sizeof(Complex<T>) : 0u);
    }
  };

  T sum[kTall][kWide];
  const int all = items * steps;
  for (int now = -1, item = 0, step = 0, next_item = 0, next_step = 0; now < all; ++now) {
    if (now + 1 < all) fetch(next_item, next_step, (now + 1) % 2);
    cu::cp_async_commit();  // an empty group at the end keeps the count below the same
    if (++next_step == steps) next_step = 0, ++next_item;
    if (now < 0) continue;
    if (step == 0) CU_UNROLL for (int r = 0; r < kTall; ++r) {
        const int o = o0 + warp * kTall + r;
        const T bias = j.bias && o < j.out ? j.bias[o] : T(0);
        CU_UNROLL for (int i = 0; i < kWide; ++i) sum[r][i] = bias;
      }
    cu::cp_async_wait<1>();
    __syncthreads();
    const T* const weights = w_tile + step * kD * at.pitch + warp * kTall;
    const T* const fields = x_tile + now % 2 * kD * kColumns + lane;
    CU_UNROLL_BY(2) for (int k = 0; k < kD; ++k) {
      Pack<T> a[kTall / kP];
      T f[kWide];
      for (int i = 0; i < kTall / kP; ++i) a[i] = load_pack(weights + k * at.pitch + i * kP);
      for (int i = 0; i < kWide; ++i) f[i] = fields[k * kColumns + 32 * i];
      cu::note_multiply_adds(kTall * kWide);
      for (int r = 0; r < kTall; ++r)
        for (int i = 0; i < kWide; ++i) sum[r][i] += a[r / kP].v[r % kP] * f[i];
    }
    if (++step < steps) {
      __syncthreads();
      continue;
    }
    CU_UNROLL_BY(1) for (int m = 0; m < j.modes; ++m) {
      const T* const spectrum =
          reinterpret_cast<const T*>(spectrum_tile + (item % 2 * j.modes + m) * kRows + warp * kTall);
      Pack<T> v[2 * kTall / kP];
      Complex<T> wave[kWide];
      for (int i = 0; i < 2 * kTall / kP; ++i) v[i] = load_pack(spectrum + i * kP);
      for (int i = 0; i < kWide; ++i) wave[i] = load_element(wave_tile + m * kColumns + lane + 32 * i);
      for (int r = 0; r < kTall; ++r)
        for (int i = 0; i < kWide; ++i)
          multiply_add(sum[r][i], Complex<T>{v[2 * r / kP].v[2 * r % kP], v[(2 * r + 1) / kP].v[(2 * r + 1) % kP]},
                       wave[i]);
    }
    __syncthreads();

    const int first = (down ? tile0 : tile0 + item) * kColumns + lane, h = down ? h0 + item : 0;
    const auto write = [&](T* to, const auto& f) {
      to += (std::int64_t{b} * j.out + o0 + warp * kTall) * plane + std::int64_t{h} * j.points + first;
      CU_UNROLL for (int r = 0; r < kTall; ++r, to += plane)
          CU_UNROLL for (int i = 0; i < kWide; ++i) if (o0 + warp * kTall + r < j.out && first + 32 * i < j.points)
              to[32 * i] = f(sum[r][i]);
    };
    write(j.y, [](T value) { return value; });
    if (j.activated) write(j.activated, [](T value) { return Math::gelu(value); });
    step = 0;
    ++item;
  }
}
CU_KERNEL(pointwise_conv_kernel<float, 4, 2>);
CU_KERNEL(pointwise_conv_kernel<float, 4, 3>);
CU_KERNEL(pointwise_conv_kernel<float, 4, 4>);
CU_KERNEL(pointwise_conv_kernel<float, 8, 2>);
CU_KERNEL(pointwise_conv_kernel<float, 8, 3>);
CU_KERNEL(pointwise_conv_kernel<float, 8, 4>);
CU_KERNEL(pointwise_conv_kernel<double, 4, 2>);

// The width of tiles that costs the least: a step of a tile is kTall·wide multiply-adds and wide + 2 loads.
template <class T>
int width_for(int points) {
  if (sizeof(T) > 4) return 2;
  const auto cost = [points](int wide) { return std::int64_t{ceil_div(points, 32 * wide)} * ((kTall + 1) * wide + 2); };
  return std::min({4, 3, 2}, [&](int a, int b) { return cost(a) < cost(b); });
}
template <class T>
int warps_for(int out) {
  return sizeof(T) > 4 || out <= 4 * kTall ? 4 : 8;
}

template <class T>
std::size_t shared_bytes(const PointwiseConv<T>& j) {
  return sizeof(T) *
         std::size_t(Layout<T>(j.in, j.modes, kTall * warps_for<T>(j.out), 32 * width_for<T>(j.points)).end());
}

}  // namespace

template <class T>
PointwiseConv<T> pointwise_of(const Conv<T>& j) {
  PointwiseConv<T> one{};
  one.x = j.x, one.w = j.w, one.bias = j.bias, one.y = j.y;
  one.w_out = j.g.in, one.w_in = 1;
  one.batch = j.g.batch, one.in = j.g.in, one.out = j.g.out, one.rows = 1, one.points = int(j.g.points());
  return one;
}

template <class T>
PointwiseConv<T> pointwise_of(const ConvInputGrad<T>& j) {
  PointwiseConv<T> one{};
  one.x = j.dy, one.w = j.w, one.bias = j.bias, one.y = j.dx;
  one.w_out = 1, one.w_in = j.g.in;
  one.batch = j.g.batch, one.in = j.g.out, one.out = j.g.in, one.rows = 1, one.points = int(j.g.points());
  return one;
}

template <class T>
bool fits(const PointwiseConv<T>& j) {
  return (j.modes > 0 || j.rows == 1) && shared_bytes(j) <= kMostShared;
}

template <class T>
void run(Context& context, const PointwiseConv<T>& j) {
  const int warps = warps_for<T>(j.out), wide = width_for<T>(j.points);
  Cut cut{};
  cut.tiles = ceil_div(j.points, 32 * wide);
  cut.row_tiles = ceil_div(j.out, kTall * warps);
  const std::int64_t lines = j.modes > 0 ? j.rows : cut.tiles, across = j.modes > 0 ? cut.tiles : 1;
  const std::int64_t all = lines * across * j.batch * cut.row_tiles;
  if (all == 0) return;
  cut.items = int(std::clamp<std::int64_t>(all / kEnoughBlocks, 1, kMostItems));
  cut.groups = int(ceil_div<std::int64_t>(lines, cut.items));
  cut.packs = made_of_packs(j.x, j.points);
  const dim3 grid(grid_extent("pointwise convolution", across * cut.groups * j.batch * cut.row_tiles));
  const auto launch = [&](auto kernel) {
    cu::launch(kernel, grid, dim3(unsigned(32 * warps)), shared_bytes(j), context.stream(), j, cut);
  };
  if constexpr (sizeof(T) > 4)
    launch(pointwise_conv_kernel<T, 4, 2>);
  else if (warps == 4)
    launch(wide == 2   ? pointwise_conv_kernel<T, 4, 2>
           : wide == 3 ? pointwise_conv_kernel<T, 4, 3>
                       : pointwise_conv_kernel<T, 4, 4>);
  else
    launch(wide == 2   ? pointwise_conv_kernel<T, 8, 2>
           : wide == 3 ? pointwise_conv_kernel<T, 8, 3>
                       : pointwise_conv_kernel<T, 8, 4>);
}

#define FNO_POINTWISE_CONV(T)                                      \
  template PointwiseConv<T> pointwise_of(const Conv<T>&);          \
  template PointwiseConv<T> pointwise_of(const ConvInputGrad<T>&); \
  template bool fits(const PointwiseConv<T>&);                     \
  template void run(Context&, const PointwiseConv<T>&)
FNO_POINTWISE_CONV(float);
FNO_POINTWISE_CONV(double);
#undef FNO_POINTWISE_CONV

}  // namespace fno::cuda::CU_TARGET
