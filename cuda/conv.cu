// Convolution and its input gradient as one matrix product, w (M, K) times the unfolded x (K, N): M output channels,
// K = taps · channels, N = batch · points. The unfolded x exists only as tiles in shared memory.
#include <algorithm>

#include "cuda/context.h"
#include "cuda/detail/gather.cuh"
#include "cuda/detail/grid.h"
#include "cuda/detail/pack.cuh"
#include "cuda/emulation/portable.h"
#include "cuda/pointwise_conv.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kThreads = 128;
constexpr int kColumns = 128;                                // of a block's tile; a thread fetches one of them
constexpr std::int64_t kMostColumns = kMaxGridX - kColumns;  // a ragged last tile included, they are counted by int
template <class T>
constexpr int kDepth = 64 /
                       int(sizeof(T));  // of K a step: 24 KB of tiles in two stages, four blocks on a multiprocessor

template <class T>
struct GatherJob {
  Gather g;
  const T* x;     // (B, channels, in)
  const T* w;     // packed: (phases, most_taps · channels, pitch), tap by tap, a column of zeros beyond rows
  const T* bias;  // (rows) or null
  T* y;           // (B, rows, out)
  int pitch;      // a multiple of the tile's rows
  bool packs;     // rows of y are made of packs, in the order of the columns
};

// Weights in the order of the sum, output channels neighbours: as the tiles of the product want them. Few and read from
// the second-level cache, so the strided reads do not matter.
template <class T>
__global__ void __launch_bounds__(kThreads) conv_pack_kernel(Gather g, const T* w, T* packed, int pitch) {
  const Phase phase(g, int(blockIdx.z));
  const std::int64_t k = blockIdx.x, most = std::int64_t{g.most_taps()} * g.channels;
  if (k >= std::int64_t{phase.taps()} * g.channels) return;
  const int c = int(k % g.channels), j = int(k / g.channels);
  const int tx = phase.x.first_tap + j % phase.x.taps * phase.x.tap_step;
  const int ty = phase.y.first_tap + j / phase.x.taps % phase.y.taps * phase.y.tap_step;
  const int tz = phase.z.first_tap + j / (phase.x.taps * phase.y.taps) * phase.z.tap_step;
  const int tap = (tz * g.kernel[1] + ty) * g.kernel[2] + tx, taps = g.kernel[0] * g.kernel[1] * g.kernel[2];
  T* row = packed + (std::int64_t{blockIdx.z} * most + k) * pitch;
  for (int m = int(threadIdx.x); m < pitch; m += kThreads) {
    const std::int64_t pair = g.adjoint ? std::int64_t{c} * g.rows + m : std::int64_t{m} * g.channels + c;
    row[m] = m < g.rows ? w[pair * taps + tap] : T(0);
  }
}
CU_KERNEL(conv_pack_kernel<float>);
CU_KERNEL(conv_pack_kernel<double>);

// One column of the unfolded x, read from top to bottom: channel by channel, then the next tap.
template <class T>
class Column {
 public:
  __device__ Column(const GatherJob<T>& j, const Phase& phase, int n)
      : j_(j), phase_(phase), there_(n < j.g.batch * phase.points()), plane_(j.g.in_points()) {
    const int ux = n % phase.x.size, uy = n / phase.x.size % phase.y.size;
    const int uz = n / (phase.x.size * phase.y.size) % phase.z.size, b = n / phase.points();
    z_ = uz * phase.z.step + phase.z.base;
    y_ = uy * phase.y.step + phase.y.base;
    x_ = ux * phase.x.step + phase.x.base;
    sample_ = std::int64_t{b} * j.g.channels * plane_;
    locate();
  }
  [[nodiscard]] __device__ bool inside() const { return inside_; }
  [[nodiscard]] __device__ const T* address() const { return j_.x + (inside_ ? offset_ : 0); }
  __device__ void advance() {
    offset_ += plane_;
    if (++channel_ < j_.g.channels) return;
    channel_ = 0;
    if (++jx_ == phase_.x.taps) {
      jx_ = 0;
      if (++jy_ == phase_.y.taps) {
        jy_ = 0;
        ++jz_;
      }
    }
    locate();
  }

 private:
  __device__ void locate() {
    const int z = z_ + phase_.sign * jz_, y = y_ + phase_.sign * jy_, x = x_ + phase_.sign * jx_;
    inside_ = there_ && unsigned(z) < unsigned(j_.g.in[0]) && unsigned(y) < unsigned(j_.g.in[1]) &&
              unsigned(x) < unsigned(j_.g.in[2]);
    offset_ = sample_ + (z * j_.g.in[1] + y) * j_.g.in[2] + x;
  }

  const GatherJob<T>& j_;
  const Phase& phase_;
  bool there_, inside_ = false;
  std::int64_t plane_, sample_ = 0, offset_ = 0;
  int z_, y_, x_, channel_ = 0, jz_ = 0, jy_ = 0, jx_ = 0;
};

// A block makes a tile of kRows x 128 results of one phase, a thread kTall x kWide of them in registers, with the next
// tiles on their way while these are used. 2·M·K·N flop; with kRows output channels a block, x is read
// taps·ceil(M / kRows) times, mostly from the caches, w ceil(N / 128) times from the second-level cache, y is written
// once. Kernels of one point are pointwise_conv.cu's.
template <class T, int kRows, int kTall, int kWide>
__global__ void __launch_bounds__(kThreads) conv_kernel(GatherJob<T> j) {
  constexpr int kD = kDepth<T>, kP = kPack<T>, kAcross = kColumns / kWide;
  static_assert(kRows / kTall * kAcross == kThreads && kTall % kP == 0 && kWide % kP == 0);
  CU_SHARED(T, w_tile, [2][kD][kRows]);
  CU_SHARED(T, x_tile, [2][kD][kColumns]);
  const Phase phase(j.g, int(blockIdx.z));
  const int columns = j.g.batch * phase.points(), thread = int(threadIdx.x);
  if (std::int64_t{blockIdx.x} * kColumns >= columns) return;
  const int n0 = int(blockIdx.x) * kColumns, m0 = int(blockIdx.y) * kRows, depth = phase.taps() * j.g.channels;
  const T* w = j.w + std::int64_t{blockIdx.z} * j.g.most_taps() * j.g.channels * j.pitch + m0;

  Column<T> column(j, phase, n0 + thread);

  const auto fetch = [&](int stage, int k0) {
    constexpr int kPacksDown = kRows / kP;
    for (int q = thread; q < kPacksDown * kD; q += kThreads) {
      const int k = q / kPacksDown, m = q % kPacksDown * kP;
      const bool there = k0 + k < depth;
      cu::cp_async<16>(&w_tile[stage][k][m], there ? w + std::int64_t{k0 + k} * j.pitch + m : j.w, there ? 16u : 0u);
    }
    for (int k = 0; k < kD; ++k) {
      const bool there = column.inside() && k0 + k < depth;
      cu::cp_async<sizeof(T)>(&x_tile[stage][k][thread], there ? column.address() : j.x, there ? sizeof(T) : 0u);
      column.advance();
    }
  };

  T sum[kTall][kWide] = {};
  const int row = thread / kAcross * kTall, first = thread % kAcross * kP;  // columns first + group·kAcross·kP
  fetch(0, 0);
  cu::cp_async_commit();
  for (int k0 = 0, stage = 0; k0 < depth; k0 += kD, stage ^= 1) {
    if (k0 + kD < depth) fetch(stage ^ 1, k0 + kD);
    cu::cp_async_commit();  // an empty group at the end keeps the count below the same
    cu::cp_async_wait<1>();
    __syncthreads();
    for (int k = 0; k < kD; ++k) {
      Pack<T> a[kTall / kP], b[kWide / kP];
      for (int i = 0; i < kTall / kP; ++i) a[i] = load_pack(&w_tile[stage][k][row + i * kP]);
      for (int i = 0; i < kWide / kP; ++i) b[i] = load_pack(&x_tile[stage][k][first + i * kAcross * kP]);
      cu::note_multiply_adds(kTall * kWide);
      for (int r = 0; r < kTall; ++r)
        for (int c = 0; c < kWide; ++c) sum[r][c] += a[r / kP].v[r % kP] * b[c / kP].v[c % kP];
    }
    __syncthreads();
  }

  const std::int64_t out_plane = j.g.out_points();
  for (int group = 0; group < kWide / kP; ++group) {
    const int n = n0 + first + group * kAcross * kP;
    if (j.packs) {
      if (n >= columns) continue;
      const std::int64_t to = n / out_plane * j.g.rows * out_plane + n % out_plane;
      for (int r = 0; r < kTall; ++r) {
        const int m = m0 + row + r;
        if (m >= j.g.rows) continue;
        const T bias = j.bias ? j.bias[m] : T(0);
        Pack<T> pack;
        for (int v = 0; v < kP; ++v) pack.v[v] = sum[r][group * kP + v] + bias;
        store_pack(j.y + to + m * out_plane, pack);
      }
      continue;
    }
    for (int v = 0; v < kP; ++v) {
      if (n + v >= columns) continue;
      const int x = (n + v) % phase.x.size * phase.x.spread + phase.x.first;
      const int y = (n + v) / phase.x.size % phase.y.size * phase.y.spread + phase.y.first;
      const int z = (n + v) / (phase.x.size * phase.y.size) % phase.z.size * phase.z.spread + phase.z.first;
      const std::int64_t b = (n + v) / phase.points();
      const std::int64_t to = b * j.g.rows * out_plane + (std::int64_t{z} * j.g.out[1] + y) * j.g.out[2] + x;
      for (int r = 0; r < kTall; ++r) {
        const int m = m0 + row + r;
        if (m < j.g.rows) j.y[to + m * out_plane] = sum[r][group * kP + v] + (j.bias ? j.bias[m] : T(0));
      }
    }
  }
}
CU_KERNEL(conv_kernel<float, 64, 8, 8>);
CU_KERNEL(conv_kernel<float, 32, 8, 4>);
CU_KERNEL(conv_kernel<double, 64, 8, 8>);
CU_KERNEL(conv_kernel<double, 32, 8, 4>);

template <class T>
void gather(Context& context, const Gather& g, const T* x, const T* w, const T* bias, T* y) {
  const std::int64_t columns = g.batch * g.out_points();
  const std::int64_t most = std::max(columns, g.batch * g.in_points());
  require<ErrorKind::device>(most <= kMostColumns, "convolution: batch times grid points is ", most,
                             ", accepted are at most ", kMostColumns);
  const int tile_rows = g.rows <= 32 ? 32 : 64;
  const int pitch = ceil_div(g.rows, tile_rows) * tile_rows;
  const std::int64_t depth = std::int64_t{g.most_taps()} * g.channels;
  const unsigned phases = grid_extent("convolution, product of strides", g.phases(), kMaxGridYZ);

  Scratch<T> packed(context, std::size_t(phases * depth * pitch));
  cu::launch(conv_pack_kernel<T>, dim3(grid_extent("convolution", depth), 1, phases), dim3(kThreads), 0,
             context.stream(), g, w, packed.data(), pitch);

  const bool packs = phases == 1 && made_of_packs(y, g.out_points());
  const GatherJob<T> job{g, x, packed.data(), bias, y, pitch, packs};
  std::int64_t widest = columns;  // of the phases; the first has the most points
  if (g.adjoint) {
    widest = g.batch;
    for (int a = 0; a < kGridAxes; ++a) widest *= ceil_div(g.out[a], g.stride[a]);
  }
  const dim3 grid(grid_extent("convolution", ceil_div<std::int64_t>(widest, kColumns)),
                  grid_extent("convolution", pitch / tile_rows, kMaxGridYZ), phases);
  const auto kernel = tile_rows == 64 ? conv_kernel<T, 64, 8, 8> : conv_kernel<T, 32, 8, 4>;
  cu::launch(kernel, grid, dim3(kThreads), 0, context.stream(), job);
}

}  // namespace

template <class T>
void execute(Context& context, const Conv<T>& j) {
  if (is_pointwise(j.g) && fits(pointwise_of(j))) return run(context, pointwise_of(j));
  gather(context, forward_gather(j.g), j.x, j.w, j.bias, j.y);
}

template <class T>
void execute(Context& context, const ConvInputGrad<T>& j) {
  if (is_pointwise(j.g) && fits(pointwise_of(j))) return run(context, pointwise_of(j));
  gather(context, adjoint_gather(j.g), j.dy, j.w, j.bias, j.dx);
}

FNO_INSTANTIATE(Conv);
FNO_INSTANTIATE(ConvInputGrad);

}  // namespace fno::cuda::CU_TARGET
