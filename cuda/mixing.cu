// Mixing of channels: for each mode one product of complex matrices, all in one launch. Blocks of one mode are
// neighbours, those that share a tile of the weights foremost, so the weights come from memory about once.
#include <cstdint>
#include <limits>

#include "cuda/context.h"
#include "cuda/detail/product.cuh"
#include "cuda/tables.h"
#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

enum class Mix { channels, input_grad, weight_grad };

template <class T>
struct MixJob {
  const Complex<T>*a, *b;   // the operands of the product, first mode
  Complex<T>* c;            // its result, first mode
  const int* weight_index;  // (modes)
  int m, n, k, tiles_m, tiles;
};

// c (m, n) = A · B for every mode, where with x (B, Ci), y (B, Co), w (Ci, Co)
//     channels      y = x · w             m = B,  n = Co, k = Ci
//     input_grad    dx = dy · conj(w)ᵀ    m = B,  n = Ci, k = Co
//     weight_grad   dw = conj(x)ᵀ · dy    m = Ci, n = Co, k = B
// 8·B·Ci·Co flop and 8·(B·Ci + Ci·Co + B·Co) bytes a mode in float: B flop per byte of weights. A tile is 16 x 32·TN.
template <class T, Mix mix, int TN>
__global__ void __launch_bounds__(kProductThreads) mix_kernel(MixJob<T> job) {
  constexpr bool kWeights = mix == Mix::weight_grad, kInput = mix == Mix::input_grad;
  TileProduct<Complex<T>, 4, TN, 8> tile;
  const int mode = int(blockIdx.x) / job.tiles, place = int(blockIdx.x) % job.tiles;
  const int row0 = place % job.tiles_m * tile.kRows, column0 = place / job.tiles_m * tile.kColumns;
  const std::int64_t a_size = std::int64_t{job.m} * job.k, b_size = std::int64_t{job.k} * job.n,
                     c_size = std::int64_t{job.m} * job.n, row = job.weight_index[mode];

  const Strided<Complex<T>, !kWeights, kWeights> a{job.a + mode * a_size, job.m, kWeights ? 1 : job.k,
                                                   kWeights ? job.m : 1};
  const Strided<Complex<T>, kInput, kInput> b{job.b + (kWeights ? mode : row) * b_size, job.n, kInput ? job.k : 1,
                                              kInput ? 1 : job.n};
  tile.run(a, b, row0, column0, 0, job.k);

  Complex<T>* c = job.c + (kWeights ? row : mode) * c_size;
  for (int i = 0; i < 4; ++i) {
    const int r = row0 + tile.row(i);
    if (r >= job.m) break;
    for (int j = 0; j < TN; ++j) {
      const int s = column0 + tile.column(j);
      if (s < job.n) store_element(c + std::int64_t{r} * job.n + s, tile.sum[i][j]);
    }
  }
}
CU_KERNEL(mix_kernel<float, Mix::channels, 1>);
CU_KERNEL(mix_kernel<float, Mix::channels, 2>);
CU_KERNEL(mix_kernel<float, Mix::input_grad, 1>);
CU_KERNEL(mix_kernel<float, Mix::input_grad, 2>);
CU_KERNEL(mix_kernel<float, Mix::weight_grad, 1>);
CU_KERNEL(mix_kernel<float, Mix::weight_grad, 2>);
CU_KERNEL(mix_kernel<double, Mix::channels, 1>);
CU_KERNEL(mix_kernel<double, Mix::channels, 2>);
CU_KERNEL(mix_kernel<double, Mix::input_grad, 1>);
CU_KERNEL(mix_kernel<double, Mix::input_grad, 2>);
CU_KERNEL(mix_kernel<double, Mix::weight_grad, 1>);
CU_KERNEL(mix_kernel<double, Mix::weight_grad, 2>);

// ---------------------------------------------------------------------------------------------------------------------

template <int TN, Mix mix, class T>
void launch_tiles(Context& context, MixJob<T> job, int modes) {
  const TileGrid grid = TileGrid::of<TileProduct<Complex<T>, 4, TN, 8>>(job.m, job.n);
  const std::int64_t blocks = grid.tiles * modes;
  if (blocks == 0) return;
  require<ErrorKind::device>(blocks <= std::numeric_limits<int>::max(), "mix channels: ", modes, " modes of ", job.m,
                             " x ", job.n, " need ", blocks, " blocks; the device accepts at most ",
                             std::numeric_limits<int>::max());
  job.tiles_m = grid.tiles_m;
  job.tiles = int(grid.tiles);
  cu::launch(mix_kernel<T, mix, TN>, dim3(unsigned(blocks)), dim3(kProductThreads), 0, context.stream(), job);
}

template <Mix mix, class T>
void launch_mix(Context& context, const ModeSet& modes, const Complex<T>* a, const Complex<T>* b, Complex<T>* c, int m,
                int n, int k) {
  for (const Complex<T>* array : {a, b, static_cast<const Complex<T>*>(c)})
    require<ErrorKind::device>(reinterpret_cast<std::uintptr_t>(array) % sizeof(Complex<T>) == 0,
                               "mix channels: an array is not aligned to whole complex numbers");
  const MixJob<T> job{a, b, c, context.cache<Tables>().weight_index(modes), m, n, k, 0, 0};
  if (n <= 32)
    launch_tiles<1, mix>(context, job, modes.count());
  else
    launch_tiles<2, mix>(context, job, modes.count());
}

}  // namespace

template <class T>
void execute(Context& context, const MixChannels<T>& j) {
  launch_mix<Mix::channels>(context, *j.modes, j.x, j.w, j.y, j.batch, j.out, j.in);
}

template <class T>
void execute(Context& context, const MixInputGrad<T>& j) {
  launch_mix<Mix::input_grad>(context, *j.modes, j.dy, j.w, j.dx, j.batch, j.in, j.out);
}

template <class T>
void execute(Context& context, const MixWeightGrad<T>& j) {
  if (j.modes->count() < j.modes->weight_modes)  // some rows are written by no mode
    cu::check(cu::fill_bytes_async(
        j.dw, 0, std::size_t(j.modes->weight_modes) * std::size_t(j.in) * std::size_t(j.out) * sizeof(Complex<T>),
        context.stream()));
  launch_mix<Mix::weight_grad>(context, *j.modes, j.x, j.dy, j.dw, j.in, j.out, j.batch);
}

FNO_INSTANTIATE(MixChannels);
FNO_INSTANTIATE(MixInputGrad);
FNO_INSTANTIATE(MixWeightGrad);

}  // namespace fno::cuda::CU_TARGET
