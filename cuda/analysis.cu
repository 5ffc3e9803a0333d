// The truncated transform, one product of matrices an axis. Between the axes everything lies in (…, plane) order, a
// plane being one sample and channel, so that the leading axes are plain products over long rows, and the last product
// of an analysis writes mode-major spectra as they are wanted.
//
//     x (plane, n0, n1, n2) → (n0, n1, k2, plane) → (n0, k1, k2, plane) → (k0, k1, k2, plane) = x_hat
#include <algorithm>
#include <cstdint>
#include <optional>

#include "cuda/detail/each.cuh"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/spectral.cuh"
#include "cuda/spectral.h"
#include "cuda/tables.h"

namespace fno::cuda::CU_TARGET {
namespace {

// A sum longer than this, or one made by too few blocks, is cut into slices that are added in order afterwards.
constexpr int kLongestSum = 2048, kShortestSlice = 128, kEnoughBlocks = 256;

// Rows of the grid as columns of B: column r·planes + plane is row r of that plane, so that results run along planes.
template <class T>
struct GridRows {
  using Element = T;
  const T* x;  // (planes, rows, points)
  int planes, rows, points;

  __device__ static constexpr bool along_k() { return true; }
  __device__ Lane lane(int index) const {
    if (index >= planes * rows) return {-1, 0};
    return {(std::int64_t{index % planes} * rows + index / planes) * points, 0};
  }
  __device__ T at(const Lane& lane, int k) const { return x[lane.offset + k]; }
};

// The same of x = GELU'(z)·dy, made on the way and written. A block meets each of its numbers once.
template <class T>
struct GradRows {
  using Element = T;
  GridRows<T> z;
  const T* dy;
  T* x;

  __device__ static constexpr bool along_k() { return true; }
  __device__ Lane lane(int index) const { return z.lane(index); }
  struct Loaded {
    T z, dy;
  };
  __device__ Loaded at(const Lane& lane, int k) const { return {z.at(lane, k), dy[lane.offset + k]}; }
  __device__ T finish(const Lane& lane, int k, Loaded from) const {
    const T value = Math::derivative<UnaryOp::gelu>(from.z) * from.dy;
    x[lane.offset + k] = value;
    return value;
  }
};

template <class T, class Rows>
struct AnalyseLast {
  const Complex<T>* waves;  // (modes, points)
  Rows grid;
  int planes, rows, points;
  Complex<T>* out;  // (slices, rows, modes, planes)
  int modes, slice, tiles_m;
  std::int64_t slice_size;  // elements of one slice of out
  T scale;
};

// out[r, m, plane] = scale · Σ_p waves[m, p] · x[plane, r, p]. 4·modes flop and 4 bytes read a grid point in float; a
// grid row is read once for each 16 modes, from L2 after the first.
template <class T, class Rows>
__global__ void __launch_bounds__(kProductThreads) analyse_last_kernel(AnalyseLast<T, Rows> job) {
  TileProduct<Complex<T>, 4, 4, 16> tile;
  const Strided<Complex<T>, true> waves{job.waves, job.modes, job.points, 1};
  const int row0 = int(blockIdx.x) % job.tiles_m * tile.kRows, column0 = int(blockIdx.x) / job.tiles_m * tile.kColumns;
  const int first = int(blockIdx.y) * job.slice;
  tile.run(waves, job.grid, row0, column0, first, min(first + job.slice, job.points));

  const int planes = job.planes, columns = planes * job.rows;
  Complex<T>* out = job.out + blockIdx.y * job.slice_size;
  for (int j = 0; j < 4; ++j) {
    const int column = column0 + tile.column(j);
    if (column >= columns) break;
    Complex<T>* to = out + std::int64_t{column / planes} * job.modes * planes + column % planes;
    for (int i = 0; i < 4; ++i) {
      const int mode = row0 + tile.row(i);
      if (mode < job.modes) store_element(to + std::int64_t{mode} * planes, scaled(tile.sum[i][j], job.scale));
    }
  }
}
CU_KERNEL(analyse_last_kernel<float, GridRows<float>>);
CU_KERNEL(analyse_last_kernel<double, GridRows<double>>);
CU_KERNEL(analyse_last_kernel<float, GradRows<float>>);
CU_KERNEL(analyse_last_kernel<double, GradRows<double>>);

template <class T>
struct AnalyseAxis {
  AxisTable<T> table;
  AxisLines<T> lines;
  Complex<T>* out;  // (slices, outer, kept, inner)
  int slice, tiles_m;
  std::int64_t slice_size;
  T scale;
};

// out[o, k, i] = scale · Σ_p exp(-iθ(k, p)) · in[o, p, i]. With C and S the sums with cosines and sines of |k|, the
// results at ±k are C ∓ iS: rows 2u and 2u+1 of the product are such a pair, and one thread owns both. 8·pairs flop
// and 8 bytes read an element in float.
template <class T>
__global__ void __launch_bounds__(kProductThreads) analyse_axis_kernel(AnalyseAxis<T> job) {
  TileProduct<Complex<T>, 8, 2, 16> tile;
  const Strided<T, true> waves{job.table.waves, 2 * job.table.pairs, job.table.points, 1};
  const int row0 = int(blockIdx.x) % job.tiles_m * tile.kRows, column0 = int(blockIdx.x) / job.tiles_m * tile.kColumns;
  const int first = int(blockIdx.y) * job.slice;
  tile.run(waves, job.lines, row0, column0, first, min(first + job.slice, job.table.points));

  const int inner = job.lines.inner, columns = job.lines.outer * inner;
  Complex<T>* out = job.out + blockIdx.y * job.slice_size;
  int plus[4], minus[4];  // read before anything is stored
  CU_UNROLL for (int i = 0; i < 4; ++i) {
    const int pair = row0 / 2 + tile.row(2 * i) / 2;
    plus[i] = pair < job.table.pairs ? job.table.plus[pair] : -1;
    minus[i] = pair < job.table.pairs ? job.table.minus[pair] : -1;
  }
  CU_UNROLL for (int j = 0; j < 2; ++j) {
    const int column = column0 + tile.column(j);
    if (column >= columns) break;
    Complex<T>* to = out + std::int64_t{column / inner} * job.table.kept * inner + column % inner;
    CU_UNROLL for (int i = 0; i < 4; ++i) {
      const Complex<T> c = tile.sum[2 * i][j], s = tile.sum[2 * i + 1][j];
      if (plus[i] >= 0)
        store_element(to + std::int64_t{plus[i]} * inner, scaled(Complex<T>{c.re + s.im, c.im - s.re}, job.scale));
      if (minus[i] >= 0)
        store_element(to + std::int64_t{minus[i]} * inner, scaled(Complex<T>{c.re - s.im, c.im + s.re}, job.scale));
    }
  }
}
CU_KERNEL(analyse_axis_kernel<float>);
CU_KERNEL(analyse_axis_kernel<double>);

// out[i] = scale · Σ_s slices[s, i], in the order of s.
template <class T>
__global__ void add_slices_kernel(const Complex<T>* slices, Complex<T>* out, std::int64_t n, int count, T scale) {
  for_each_index(n, [&](std::int64_t i) {
    Complex<T> sum{0, 0};
    for (int s = 0; s < count; ++s) {
      const Complex<T> part = load_element(slices + s * n + i);
      sum.re += part.re;
      sum.im += part.im;
    }
    store_element(out + i, scaled(sum, scale));
  });
}
CU_KERNEL(add_slices_kernel<float>);
CU_KERNEL(add_slices_kernel<double>);

// ---------------------------------------------------------------------------------------------------------------------

// How a sum over `length` is cut, by the shape alone, so that results do not depend on the device.
struct Slices {
  int count, length;
  Slices(std::int64_t blocks, int total) {
    const std::int64_t wanted = std::max<std::int64_t>(
        (total + kLongestSum - 1) / kLongestSum, (kEnoughBlocks + blocks - 1) / std::max<std::int64_t>(blocks, 1));
    const std::int64_t most = std::max(1, total / kShortestSlice);
    const int parts = int(std::min(wanted, most));
    length = (total + parts - 1) / parts;
    count = (total + length - 1) / length;
  }
};

// Launches an analysis product, in slices where it is long, and scales its result.
template <class T, class Tile, class Job>
void launch_analysis(Context& context, void (*kernel)(Job), Job job, std::int64_t m, std::int64_t n, int length,
                     std::int64_t size, Complex<T>* out, T scale) {
  const TileGrid grid = TileGrid::of<Tile>(m, n);
  if (grid.tiles == 0) return;
  const Slices slices(grid.tiles, length);
  job.tiles_m = grid.tiles_m;
  job.slice = slices.length;
  job.slice_size = size;
  job.out = out;
  job.scale = scale;
  std::optional<Scratch<Complex<T>>> parts;
  if (slices.count > 1) {
    parts.emplace(context, std::size_t(slices.count) * std::size_t(size));
    job.out = parts->data();
    job.scale = 1;
  }
  cu::launch(kernel, dim3(unsigned(grid.tiles), unsigned(slices.count)), dim3(kProductThreads), 0, context.stream(),
             job);
  if (slices.count > 1)
    launch_each(context, size, add_slices_kernel<T>, static_cast<const Complex<T>*>(parts->data()), out, size,
                slices.count, scale);
}

template <class T>
using LastTile = TileProduct<Complex<T>, 4, 4, 16>;

// The whole analysis, of rows that `grid` loads.
template <class T, class Rows>
void analyse(Context& context, const Analyse<T>& j, const Rows& grid) {
  const Extents e(*j.modes, j.batch, j.channels, "analyse");
  check_pairs(j.x_hat, "analyse");
  const ModeTables<T>& tables = context.cache<Tables>().template modes<T>(*j.modes);
  const bool axis1 = !is_trivial(e.n1, e.k1), axis0 = !is_trivial(e.n0, e.k0);
  const std::int64_t inner = std::int64_t{e.k2} * e.planes;
  std::optional<Scratch<Complex<T>>> lasts, rows;
  const auto room = [&](std::optional<Scratch<Complex<T>>>& scratch, bool more, std::int64_t size) {
    return more ? scratch.emplace(context, std::size_t(size)).data() : j.x_hat;
  };

  Complex<T>* out = room(lasts, axis1 || axis0, e.n0 * e.n1 * inner);
  AnalyseLast<T, Rows> last{};
  last.waves = tables.last[j.weighted];
  last.grid = grid;
  last.planes = e.planes, last.rows = e.n0 * e.n1, last.points = tables.last_points;
  last.modes = e.k2;
  launch_analysis<T, LastTile<T>>(context, analyse_last_kernel<T, Rows>, last, e.k2,
                                  std::int64_t{e.planes} * e.n0 * e.n1, tables.last_points, e.n0 * e.n1 * inner, out,
                                  axis1 || axis0 ? T(1) : j.scale);
  const auto along = [&](const AxisTable<T>& table, int outer, std::int64_t width, Complex<T>* to, T scale) {
    AnalyseAxis<T> axis{};
    axis.table = table;
    axis.lines = {out, outer, table.points, int(width)};
    launch_analysis<T, TileProduct<Complex<T>, 8, 2, 16>>(context, analyse_axis_kernel<T>, axis, 2 * table.pairs,
                                                          outer * width, table.points, outer * table.kept * width, to,
                                                          scale);
    out = to;
  };
  if (axis1)
    along(tables.axis[j.weighted][1], e.n0, inner, room(rows, axis0, e.n0 * e.k1 * inner), axis0 ? T(1) : j.scale);
  if (axis0) along(tables.axis[j.weighted][0], 1, e.k1 * inner, j.x_hat, j.scale);
}

template <class T>
GridRows<T> grid_rows(const Analyse<T>& j, const T* x) {
  const auto& size = j.modes->size;
  return {x, j.batch * j.channels, size[0] * size[1], size[2]};
}

}  // namespace

template <class T>
void execute(Context& context, const Analyse<T>& j) {
  analyse(context, j, grid_rows(j, j.x));
}

template <class T>
bool analyse_activation_grad(Context& context, const UnaryBackward<T>& activation, const Analyse<T>& j) {
  if (activation.op != UnaryOp::gelu || int(j.modes->frequency[2].size()) > LastTile<T>::kRows) return false;
  analyse(context, j, GradRows<T>{grid_rows(j, activation.x), activation.dy, activation.dx});
  return true;
}

FNO_INSTANTIATE(Analyse);
template bool analyse_activation_grad(Context&, const UnaryBackward<float>&, const Analyse<float>&);
template bool analyse_activation_grad(Context&, const UnaryBackward<double>&, const Analyse<double>&);

}  // namespace fno::cuda::CU_TARGET
