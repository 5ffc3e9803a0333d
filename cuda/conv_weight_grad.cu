// Gradients of a convolution's weights and bias: sums over the whole batch and grid, cut into pieces that blocks sum in
// parallel, and the pieces added in double in their order.
#include <algorithm>

#include "cuda/conv_weight_grad.h"
#include "cuda/detail/grid.h"
#include "cuda/detail/pack.cuh"
#include "cuda/detail/reduce.cuh"
#include "cuda/emulation/portable.h"
#include "cuda/pointwise_conv.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kThreads = 128;
constexpr int kAcross = 16, kDown = kThreads / kAcross;  // threads along the rows of x, along the output channels
template <class T>
constexpr int kDepth = 64 / int(sizeof(T));  // points of a step
constexpr int kFlush = 16;                   // steps summed before they are added to the total
constexpr int kLeastPoints = 256;            // of a piece of the sum
constexpr std::int64_t kWantedBlocks = 512;  // about four on each multiprocessor of a large device

template <class T>
struct WeightGradJob {
  ConvGeometry g;
  const T* x;        // (B, Ci, size)
  const T* dy;       // (B, Co, out_size)
  T* sums;           // (pieces, Co, pitch)
  int rows;          // Ci · taps, the rows of the unfolded x
  int pitch;         // rows, or one more: a row of ones, whose product with dy is the gradient of the bias
  int piece;         // points (of the batch) of a piece, a multiple of kDepth
  int taps, points;  // of g, whose functions are the host's
  std::int64_t in_points;
};

// Where a row of the unfolded x begins.
struct Row {
  std::int64_t offset;  // in x from the point under the kernel's corner
  short tz, ty, tx, there;
};

// The point that a thread fetches, walking through batch and grid by kDepth.
struct Point {
  int n, batch, p, z, y, x;  // n = batch · out_points + p

  __device__ Point(const ConvGeometry& g, int points, int in_n) : n(in_n) {
    batch = n / points;
    p = n % points;
    x = p % g.out_size[2];
    y = p / g.out_size[2] % g.out_size[1];
    z = p / (g.out_size[2] * g.out_size[1]);
  }
  __device__ void advance(const ConvGeometry& g, int points, int step) {
    n += step;
    p += step;
    x += step;
    while (x >= g.out_size[2]) {
      x -= g.out_size[2];
      if (++y < g.out_size[1]) continue;
      y = 0;
      if (++z < g.out_size[0]) continue;
      z = 0;
      ++batch;
      p -= points;
    }
  }
};

// dw (Co, rows) = dy (Co, N) times the unfolded x, transposed (N, rows), N = batch · points: a block sums a tile of
// 8·kTall x 16·kWide over one piece of N, both operands lying along N in memory and in the tiles; results of a thread
// lie 8 and 16 apart, so that neighbouring threads read neighbouring rows of the tiles. 2·Co·rows·N flop; dy is read
// ceil(rows / 16·kWide) times, x taps·ceil(Co / 8·kTall) times, mostly from the caches. A chain of float additions is
// 256 long at most, then its sum joins a second one: the error grows with the square root of the length, which can be
// millions. kPlain: kernel 1, stride 1, no padding, rows made of packs: 16 bytes at a time.
//
// At least four blocks a multiprocessor: left to itself the compiler aims at eight of the small tile and spills.
template <class T, bool kPlain, int kTall, int kWide>
__global__ void __launch_bounds__(kThreads, 4) conv_weight_grad_kernel(WeightGradJob<T> j) {
  constexpr int kD = kDepth<T>, kP = kPack<T>, kOuts = kTall * kDown, kRows = kWide * kAcross;
  CU_SHARED(T, dy_tile, [2][kOuts][kD + kP]);  // 80 bytes a row: eight neighbouring rows fall into all 32 banks
  CU_SHARED(T, x_tile, [2][kRows][kD + kP]);
  CU_SHARED(Row, rows, [kRows]);
  const ConvGeometry& g = j.g;
  const int thread = int(threadIdx.x), r0 = int(blockIdx.x) * kRows, o0 = int(blockIdx.y) * kOuts;
  const std::int64_t first = std::int64_t{blockIdx.z} * j.piece, points = j.points, in_points = j.in_points;
  const int end = int(min(first + j.piece, g.batch * points));

  if (!kPlain) {
    if (thread < kRows) {
      const int r = r0 + thread, taps = j.taps, tap = r % taps;
      const int tx = tap % g.kernel[2], ty = tap / g.kernel[2] % g.kernel[1], tz = tap / (g.kernel[2] * g.kernel[1]);
      rows[thread] = {r / taps * in_points + (std::int64_t{tz} * g.size[1] + ty) * g.size[2] + tx, short(tz), short(ty),
                      short(tx), short(r < j.rows)};
    }
    __syncthreads();
  }

  constexpr int kWidth = kPlain ? kP : 1, kPieces = kD / kWidth;  // of a tile's row: elements a copy, copies
  const int column = thread % kPieces * kWidth;
  Point point(g, j.points, int(first) + column);

  // The row of ones, where this block has it, is written once: dy is 0 where there is no point.
  const int ones = j.pitch > j.rows && j.rows - r0 < kRows ? j.rows - r0 : -1;
  if (ones >= 0)
    for (int e = thread; e < 2 * kD; e += kThreads) x_tile[e / kD][ones][e % kD] = 1;

  const auto fetch = [&](int stage) {
    const bool point_there = point.n < end;
    const std::int64_t dy_at = point.batch * g.out * points + point.p;
    if constexpr (kPlain) {
      const std::int64_t x_at = point.batch * g.in * points + point.p;
      for (int row = thread / kPieces; row < kOuts; row += kThreads / kPieces) {
        const bool there = point_there && o0 + row < g.out;
        cu::cp_async<16>(&dy_tile[stage][row][column], there ? j.dy + dy_at + (o0 + row) * points : j.dy,
                         there ? 16u : 0u);
      }
      for (int row = thread / kPieces; row < kRows; row += kThreads / kPieces) {
        if (row == ones) continue;
        const bool there = point_there && r0 + row < j.rows;
        cu::cp_async<16>(&x_tile[stage][row][column], there ? j.x + x_at + (r0 + row) * points : j.x, there ? 16u : 0u);
      }
    } else {
      const int z = point.z * g.stride[0] - g.padding[0], y = point.y * g.stride[1] - g.padding[1];
      const int x = point.x * g.stride[2] - g.padding[2];
      const std::int64_t corner = point.batch * g.in * in_points + (std::int64_t{z} * g.size[1] + y) * g.size[2] + x;
      for (int row = thread / kPieces; row < kOuts; row += kThreads / kPieces) {
        const bool there = point_there && o0 + row < g.out;
        cu::cp_async<sizeof(T)>(&dy_tile[stage][row][column], there ? j.dy + dy_at + (o0 + row) * points : j.dy,
                                there ? sizeof(T) : 0u);
      }
      for (int row = thread / kPieces; row < kRows; row += kThreads / kPieces) {
        if (row == ones) continue;
        const Row r = rows[row];
        const bool x_there = point_there && r.there && unsigned(z + r.tz) < unsigned(g.size[0]) &&
                             unsigned(y + r.ty) < unsigned(g.size[1]) && unsigned(x + r.tx) < unsigned(g.size[2]);
        cu::cp_async<sizeof(T)>(&x_tile[stage][row][column], x_there ? j.x + corner + r.offset : j.x,
                                x_there ? sizeof(T) : 0u);
      }
    }
    point.advance(g, j.points, kD);
  };

  T total[kTall][kWide] = {}, sum[kTall][kWide] = {};
  const int tx = thread % kAcross, ty = thread / kAcross;
  const auto flush = [&] {
    for (int i = 0; i < kTall; ++i)
      for (int c = 0; c < kWide; ++c) {
        total[i][c] += sum[i][c];
        sum[i][c] = 0;
      }
  };
  const int steps = (end - int(first) + kD - 1) / kD;
  fetch(0);
  cu::cp_async_commit();
  for (int step = 0; step < steps; ++step) {
    const int stage = step % 2;
    if (step + 1 < steps) fetch(stage ^ 1);
    cu::cp_async_commit();  // an empty group at the end keeps the count below the same
    cu::cp_async_wait<1>();
    __syncthreads();
    for (int k = 0; k < kD; k += kP) {
      Pack<T> b[kWide];
      for (int c = 0; c < kWide; ++c) b[c] = load_pack(&x_tile[stage][tx + c * kAcross][k]);
      for (int i = 0; i < kTall; ++i) {
        const Pack<T> a = load_pack(&dy_tile[stage][ty + i * kDown][k]);
        cu::note_multiply_adds(kWide * kP);
        for (int c = 0; c < kWide; ++c)
          for (int v = 0; v < kP; ++v) sum[i][c] += a.v[v] * b[c].v[v];
      }
    }
    if (step % kFlush == kFlush - 1) flush();
    __syncthreads();
  }
  flush();
  for (int i = 0; i < kTall; ++i)
    for (int c = 0; c < kWide; ++c) {
      const int o = o0 + ty + i * kDown, r = r0 + tx + c * kAcross;
      if (o < g.out && r < j.pitch) j.sums[(std::int64_t{blockIdx.z} * g.out + o) * j.pitch + r] = total[i][c];
    }
}
CU_KERNEL(conv_weight_grad_kernel<float, true, 4, 3>);
CU_KERNEL(conv_weight_grad_kernel<float, false, 4, 3>);
CU_KERNEL(conv_weight_grad_kernel<float, true, 8, 4>);
CU_KERNEL(conv_weight_grad_kernel<float, false, 8, 4>);
CU_KERNEL(conv_weight_grad_kernel<float, true, 8, 5>);
CU_KERNEL(conv_weight_grad_kernel<float, false, 8, 5>);
CU_KERNEL(conv_weight_grad_kernel<double, true, 4, 3>);
CU_KERNEL(conv_weight_grad_kernel<double, false, 4, 3>);

constexpr int kSumWidth = 32, kSumLanes = 8;

// dw[o, r] = Σ_piece sums[piece, o, r], and in the column behind the rows, if there is one, dbias[o]: 32 elements a
// block, eight threads an element, each every eighth piece.
template <class T>
__global__ void __launch_bounds__(kSumWidth* kSumLanes)
    sum_pieces_kernel(const T* sums, T* dw, T* dbias, std::int64_t count, int rows, int pitch, int pieces) {
  CU_SHARED(double, partial, [kSumLanes][kSumWidth]);
  const int lane = int(threadIdx.y);
  const std::int64_t e = std::int64_t{blockIdx.x} * kSumWidth + threadIdx.x;
  double sum = 0;
  if (e < count)
    for (int piece = lane; piece < pieces; piece += kSumLanes) sum += static_cast<double>(sums[piece * count + e]);
  partial[lane][threadIdx.x] = sum;
  __syncthreads();
  if (lane != 0 || e >= count) return;
  for (int i = 1; i < kSumLanes; ++i) sum += partial[i][threadIdx.x];
  const std::int64_t o = e / pitch;
  const int r = int(e % pitch);
  (r < rows ? dw[o * rows + r] : dbias[o]) = static_cast<T>(sum);
}
CU_KERNEL(sum_pieces_kernel<float>);
CU_KERNEL(sum_pieces_kernel<double>);

constexpr int kChunk = 8192;  // points of a plane that a block sums
constexpr int kChunkThreads = 256;

// partial[plane, chunk] = sum of the chunk: 4 bytes a point in float.
template <class T>
__global__ void __launch_bounds__(kChunkThreads) channel_sum_kernel(ChannelSum<T> j, int chunks, double* partial) {
  CU_SHARED(double, partials, [kMaxWarps]);
  const std::int64_t plane = blockIdx.x / unsigned(chunks);
  const std::int64_t first = std::int64_t{blockIdx.x % unsigned(chunks)} * kChunk;
  const int count = int(min(j.points - first, std::int64_t{kChunk}));
  const T* x = j.x + plane * j.points + first;
  double sum = 0;
  for (int p = int(threadIdx.x); p < count; p += kChunkThreads) sum += static_cast<double>(x[p]);
  sum = block_sum(sum, partials);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}
CU_KERNEL(channel_sum_kernel<float>);
CU_KERNEL(channel_sum_kernel<double>);

// One warp a channel: sum over batch and chunks, 8 bytes each.
template <class T>
__global__ void __launch_bounds__(kWarp) channel_total_kernel(ChannelSum<T> j, int chunks, const double* partial) {
  const int c = int(blockIdx.x), lane = int(threadIdx.x);
  double sum = 0;
  for (std::int64_t i = lane; i < std::int64_t{j.batch} * chunks; i += kWarp)
    sum += partial[(i / chunks * j.channels + c) * chunks + i % chunks];
  sum = warp_sum(sum);
  if (lane == 0) j.sum[c] = static_cast<T>(sum);
}
CU_KERNEL(channel_total_kernel<float>);
CU_KERNEL(channel_total_kernel<double>);

}  // namespace

template <class T>
void weight_and_bias_grad(Context& context, const ConvWeightGrad<T>& j, T* dbias) {
  const std::int64_t count = j.g.batch * j.g.out_points(), rows = std::int64_t{j.g.in} * j.g.taps();
  constexpr std::int64_t kMost = kMaxGridX - kLeastPoints;  // points are counted by int, a ragged last step included
  require<ErrorKind::device>(count <= kMost && rows <= kMost, "convolution: batch times grid points is ", count,
                             ", input channels times kernel points is ", rows, ", accepted are at most ", kMost);
  constexpr int kWidestKernel = 32767;
  const int widest = std::max({j.g.kernel[0], j.g.kernel[1], j.g.kernel[2]});
  require<ErrorKind::device>(widest <= kWidestKernel, "convolution: a kernel is ", widest,
                             " points wide, accepted are at most ", kWidestKernel);

  // Pieces depend on the job alone, so that every device adds in the same order.
  const std::int64_t pitch = rows + (dbias ? 1 : 0);
  const bool narrow = sizeof(T) > 4 || (j.g.out <= 4 * kDown && pitch <= 3 * kAcross);
  // 64 rows across or 80, whichever wastes less: 80 where the row of ones would begin a tile of its own.
  const auto filled = [pitch](int wide) { return ceil_div<std::int64_t>(pitch, wide * kAcross) * wide; };
  const int wide = narrow ? 3 : filled(4) <= filled(5) ? 4 : 5;
  const int outs = (narrow ? 4 : 8) * kDown, across = wide * kAcross;
  const std::int64_t tiles = ceil_div<std::int64_t>(pitch, across) * ceil_div(j.g.out, outs);
  const std::int64_t wanted =
      std::clamp<std::int64_t>(ceil_div(kWantedBlocks, tiles), 1, ceil_div<std::int64_t>(count, kLeastPoints));
  const std::int64_t piece = ceil_div(ceil_div(count, wanted), std::int64_t{kDepth<T>}) * kDepth<T>;
  const std::int64_t pieces = ceil_div(count, piece);

  const bool in_pieces = pieces > 1 || dbias;
  Scratch<T> sums(context, in_pieces ? std::size_t(pieces * j.g.out * pitch) : 0);
  const WeightGradJob<T> job{.g = j.g,
                             .x = j.x,
                             .dy = j.dy,
                             .sums = in_pieces ? sums.data() : j.dw,
                             .rows = int(rows),
                             .pitch = int(pitch),
                             .piece = int(piece),
                             .taps = j.g.taps(),
                             .points = int(j.g.out_points()),
                             .in_points = j.g.points()};
  const dim3 grid(grid_extent("convolution", ceil_div<std::int64_t>(pitch, across)),
                  grid_extent("convolution", ceil_div(j.g.out, outs), kMaxGridYZ),
                  grid_extent("convolution", pieces, kMaxGridYZ));
  const bool plain = is_pointwise(j.g) && made_of_packs(j.x, j.g.points()) && made_of_packs(j.dy, j.g.out_points());
  const auto launch = [&](auto kernel) { cu::launch(kernel, grid, dim3(kThreads), 0, context.stream(), job); };
  if constexpr (sizeof(T) == 4)
    if (!narrow)
      launch(wide == 4 ? (plain ? conv_weight_grad_kernel<T, true, 8, 4> : conv_weight_grad_kernel<T, false, 8, 4>)
                       : (plain ? conv_weight_grad_kernel<T, true, 8, 5> : conv_weight_grad_kernel<T, false, 8, 5>));
  if (narrow) launch(plain ? conv_weight_grad_kernel<T, true, 4, 3> : conv_weight_grad_kernel<T, false, 4, 3>);
  if (in_pieces) {
    const std::int64_t elements = j.g.out * pitch;
    cu::launch(sum_pieces_kernel<T>, dim3(grid_extent("convolution", ceil_div<std::int64_t>(elements, kSumWidth))),
               dim3(kSumWidth, kSumLanes), 0, context.stream(), sums.data(), j.dw, dbias, elements, int(rows),
               int(pitch), int(pieces));
  }
}

template <class T>
void execute(Context& context, const ConvWeightGrad<T>& j) {
  weight_and_bias_grad(context, j, static_cast<T*>(nullptr));
}

template <class T>
void execute(Context& context, const ChannelSum<T>& j) {
  const std::int64_t chunks = ceil_div<std::int64_t>(j.points, kChunk), planes = std::int64_t{j.batch} * j.channels;
  const unsigned blocks = grid_extent("channel sum", planes * chunks);
  Scratch<double> partial(context, blocks);
  cu::launch(channel_sum_kernel<T>, dim3(blocks), dim3(kChunkThreads), 0, context.stream(), j, int(chunks),
             partial.data());
  cu::launch(channel_total_kernel<T>, dim3(unsigned(j.channels)), dim3(kWarp), 0, context.stream(), j, int(chunks),
             partial.data());
}

FNO_INSTANTIATE(ConvWeightGrad);
template void weight_and_bias_grad(Context&, const ConvWeightGrad<float>&, float*);
template void weight_and_bias_grad(Context&, const ConvWeightGrad<double>&, double*);
FNO_INSTANTIATE(ChannelSum);

}  // namespace fno::cuda::CU_TARGET
