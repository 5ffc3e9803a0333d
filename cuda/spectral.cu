// The truncated transform, one product of matrices an axis. Between the axes everything lies in (…, plane) order, a
// plane being one sample and channel, so that the leading axes are plain products over long rows, and the last product
// of an analysis writes mode-major spectra as they are wanted.
//
//     x (plane, n0, n1, n2) → (n0, n1, k2, plane) → (n0, k1, k2, plane) → (k0, k1, k2, plane) = x_hat
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/product.cuh"
#include "cuda/tables.h"
#include "framework/error.h"

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

template <class T>
struct AnalyseLast {
  const Complex<T>* waves;  // (modes, points)
  GridRows<T> grid;
  Complex<T>* out;  // (slices, rows, modes, planes)
  int modes, slice, tiles_m;
  std::int64_t slice_size;  // elements of one slice of out
  T scale;
};

// out[r, m, plane] = scale · Σ_p waves[m, p] · x[plane, r, p]. 4·modes flop and 4 bytes read a grid point in float; a
// grid row is read once for each 16 modes, from L2 after the first.
template <class T>
__global__ void __launch_bounds__(kProductThreads) analyse_last_kernel(AnalyseLast<T> job) {
  TileProduct<Complex<T>, 4, 4, 16> tile;
  const Strided<Complex<T>, true> waves{job.waves, job.modes, job.grid.points, 1};
  const int row0 = int(blockIdx.x) % job.tiles_m * tile.kRows, column0 = int(blockIdx.x) / job.tiles_m * tile.kColumns;
  const int first = int(blockIdx.y) * job.slice;
  tile.run(waves, job.grid, row0, column0, first, min(first + job.slice, job.grid.points));

  const int planes = job.grid.planes, columns = planes * job.grid.rows;
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
CU_KERNEL(analyse_last_kernel<float>);
CU_KERNEL(analyse_last_kernel<double>);

// Lines along a leading axis as columns of B: column o·inner + i holds in[o, 0 … length-1, i].
template <class T>
struct AxisLines {
  using Element = Complex<T>;
  const Complex<T>* in;  // (outer, length, inner)
  int outer, length, inner;

  __device__ static constexpr bool along_k() { return false; }
  __device__ Lane lane(int index) const {
    if (index >= outer * inner) return {-1, 0};
    return {std::int64_t{index / inner} * length * inner + index % inner, 0};
  }
  __device__ Complex<T> at(const Lane& lane, int k) const {
    return load_element(in + lane.offset + std::int64_t{k} * inner);
  }
};

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
  for (int j = 0; j < 2; ++j) {
    const int column = column0 + tile.column(j);
    if (column >= columns) break;
    Complex<T>* to = out + std::int64_t{column / inner} * job.table.kept * inner + column % inner;
    for (int i = 0; i < 8; i += 2) {
      const int pair = (row0 + tile.row(i)) / 2;
      if (pair >= job.table.pairs) break;
      const Complex<T> c = tile.sum[i][j], s = tile.sum[i + 1][j];
      const int plus = job.table.plus[pair], minus = job.table.minus[pair];
      if (plus >= 0)
        store_element(to + std::int64_t{plus} * inner, scaled(Complex<T>{c.re + s.im, c.im - s.re}, job.scale));
      if (minus >= 0)
        store_element(to + std::int64_t{minus} * inner, scaled(Complex<T>{c.re - s.im, c.im + s.re}, job.scale));
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

// Kept lines along a leading axis, ±k folded: row 2u is Y(+k) + Y(-k), which meets the cosine, and row 2u+1 is
// i·(Y(+k) - Y(-k)), which meets the sine.
template <class T>
struct FoldedLines {
  using Element = Complex<T>;
  AxisLines<T> lines;  // length = kept
  const int *plus, *minus;

  __device__ static constexpr bool along_k() { return false; }
  __device__ Lane lane(int index) const { return lines.lane(index); }
  __device__ Complex<T> at(const Lane& lane, int k) const {
    const int p = plus[k / 2], m = minus[k / 2];
    const Complex<T> a = p >= 0 ? lines.at(lane, p) : Complex<T>{0, 0};
    const Complex<T> b = m >= 0 ? lines.at(lane, m) : Complex<T>{0, 0};
    return k % 2 == 0 ? Complex<T>{a.re + b.re, a.im + b.im} : Complex<T>{b.im - a.im, a.re - b.re};
  }
};

template <class T>
struct SynthesiseAxis {
  AxisTable<T> table;
  AxisLines<T> lines;
  Complex<T>* out;  // (outer, points, inner)
  int tiles_m;
};

// out[o, p, i] = Σ_k exp(+iθ(k, p)) · in[o, k, i]. 8·pairs flop and 8 bytes written an element in float.
template <class T>
__global__ void __launch_bounds__(kProductThreads) synthesise_axis_kernel(SynthesiseAxis<T> job) {
  TileProduct<Complex<T>, 8, 2, 8> tile;
  const Strided<T, false> waves{job.table.waves, job.table.points, 1, job.table.points};
  const FoldedLines<T> folded{job.lines, job.table.plus, job.table.minus};
  const int row0 = int(blockIdx.x) % job.tiles_m * tile.kRows, column0 = int(blockIdx.x) / job.tiles_m * tile.kColumns;
  tile.run(waves, folded, row0, column0, 0, 2 * job.table.pairs);

  const int inner = job.lines.inner, columns = job.lines.outer * inner;
  for (int j = 0; j < 2; ++j) {
    const int column = column0 + tile.column(j);
    if (column >= columns) break;
    Complex<T>* to = job.out + std::int64_t{column / inner} * job.table.points * inner + column % inner;
    for (int i = 0; i < 8; ++i) {
      const int point = row0 + tile.row(i);
      if (point < job.table.points) store_element(to + std::int64_t{point} * inner, tile.sum[i][j]);
    }
  }
}
CU_KERNEL(synthesise_axis_kernel<float>);
CU_KERNEL(synthesise_axis_kernel<double>);

// Rows of spectra as rows of A, in the order of GridRows.
template <class T>
struct SpectrumRows {
  using Element = Complex<T>;
  const Complex<T>* in;  // (rows, modes, planes)
  int planes, rows, modes;

  __device__ static constexpr bool along_k() { return false; }
  __device__ Lane lane(int index) const {
    if (index >= planes * rows) return {-1, 0};
    return {std::int64_t{index / planes} * modes * planes + index % planes, 0};
  }
  __device__ Complex<T> at(const Lane& lane, int k) const {
    return load_element(in + lane.offset + std::int64_t{k} * planes);
  }
};

template <class T>
struct SynthesiseLast {
  SpectrumRows<T> spectra;
  const Complex<T>* waves;  // (modes, points) = c·exp(-iθ)
  T* y;                     // (planes, rows, points)
  int points, tiles_m;
  T scale;
  bool accumulate;
};

// y[plane, r, p] (+)= scale · Σ_m Re(in[r, m, plane] · conj(waves[m, p])). 4·modes flop and 4 bytes written a grid
// point in float, 8 where it is added to.
template <class T>
__global__ void __launch_bounds__(kProductThreads) synthesise_last_kernel(SynthesiseLast<T> job) {
  TileProduct<T, 16, 2, 4> tile;
  const Strided<Complex<T>, false> waves{job.waves, job.points, 1, job.points};
  const int row0 = int(blockIdx.x) % job.tiles_m * tile.kRows, column0 = int(blockIdx.x) / job.tiles_m * tile.kColumns;
  tile.run(job.spectra, waves, row0, column0, 0, job.spectra.modes);

  const int planes = job.spectra.planes, rows = planes * job.spectra.rows;
  int row = row0 + tile.row(0), plane = row % planes, r = row / planes;
  for (int i = 0; i < 16; ++i, ++row) {
    if (row >= rows) break;
    T* y = job.y + (std::int64_t{plane} * job.spectra.rows + r) * job.points;
    for (int j = 0; j < 2; ++j) {
      const int point = column0 + tile.column(j);
      if (point >= job.points) break;
      const T value = tile.sum[i][j] * job.scale;
      y[point] = job.accumulate ? y[point] + value : value;
    }
    if (++plane == planes) plane = 0, ++r;
  }
}
CU_KERNEL(synthesise_last_kernel<float>);
CU_KERNEL(synthesise_last_kernel<double>);

// ---------------------------------------------------------------------------------------------------------------------

// Extents of a transform, checked to fit the kernels' 32-bit columns.
struct Extents {
  int n0, n1, k0, k1, k2, planes;
  Extents(const ModeSet& modes, int batch, int channels, const char* what)
      : n0(modes.size[0]),
        n1(modes.size[1]),
        k0(int(modes.frequency[0].size())),
        k1(int(modes.frequency[1].size())),
        k2(int(modes.frequency[2].size())),
        planes(int(std::min<std::int64_t>(std::int64_t{batch} * channels, kMost))) {
    const std::int64_t all = std::int64_t{batch} * channels, rows = all * n0 * n1;
    const std::int64_t widest = std::max(all * n0 * k2, all * k1 * k2);
    require<ErrorKind::device>(rows <= kMost && widest <= kMost, what, ": batch ", batch, " x channels ", channels,
                               " on a grid of ", n0, " x ", n1, " rows gives ", std::max(rows, widest),
                               " lines; the device accepts at most ", kMost);
  }
  static constexpr std::int64_t kMost = std::numeric_limits<int>::max() - 4096;
};

template <class T>
void check_pairs(const Complex<T>* spectrum, const char* what) {
  require<ErrorKind::device>(reinterpret_cast<std::uintptr_t>(spectrum) % sizeof(Complex<T>) == 0, what,
                             ": the spectrum is not aligned to whole complex numbers");
}

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

bool is_trivial(int points, int kept) { return points == 1 && kept == 1; }

}  // namespace

template <class T>
void execute(Context& context, const Analyse<T>& j) {
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
  AnalyseLast<T> last{};
  last.waves = tables.last[j.weighted];
  last.grid = {j.x, e.planes, e.n0 * e.n1, tables.last_points};
  last.modes = e.k2;
  launch_analysis<T, TileProduct<Complex<T>, 4, 4, 16>>(context, analyse_last_kernel<T>, last, e.k2,
                                                        std::int64_t{e.planes} * e.n0 * e.n1, tables.last_points,
                                                        e.n0 * e.n1 * inner, out, axis1 || axis0 ? T(1) : j.scale);
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
void execute(Context& context, const Synthesise<T>& j) {
  const Extents e(*j.modes, j.batch, j.channels, "synthesise");
  check_pairs(j.y_hat, "synthesise");
  const ModeTables<T>& tables = context.cache<Tables>().template modes<T>(*j.modes);
  const std::int64_t inner = std::int64_t{e.k2} * e.planes;
  std::optional<Scratch<Complex<T>>> lasts, rows;
  const Complex<T>* in = j.y_hat;
  const auto along = [&](const AxisTable<T>& table, int outer, std::int64_t width,
                         std::optional<Scratch<Complex<T>>>& scratch) {
    SynthesiseAxis<T> axis{};
    axis.table = table;
    axis.lines = {in, outer, table.kept, int(width)};
    axis.out = scratch.emplace(context, std::size_t(outer * table.points * width)).data();
    const auto grid = TileGrid::of<TileProduct<Complex<T>, 8, 2, 8>>(table.points, outer * width);
    axis.tiles_m = grid.tiles_m;
    if (grid.tiles > 0)
      cu::launch(synthesise_axis_kernel<T>, dim3(unsigned(grid.tiles)), dim3(kProductThreads), 0, context.stream(),
                 axis);
    in = axis.out;
  };
  if (!is_trivial(e.n0, e.k0)) along(tables.axis[j.weighted][0], 1, e.k1 * inner, rows);
  if (!is_trivial(e.n1, e.k1)) along(tables.axis[j.weighted][1], e.n0, inner, lasts);

  SynthesiseLast<T> last{};
  last.spectra = {in, e.planes, e.n0 * e.n1, e.k2};
  last.waves = tables.last[j.weighted];
  last.y = j.y;
  last.points = tables.last_points;
  last.scale = j.scale;
  last.accumulate = j.accumulate;
  const auto grid = TileGrid::of<TileProduct<T, 16, 2, 4>>(std::int64_t{e.planes} * e.n0 * e.n1, last.points);
  last.tiles_m = grid.tiles_m;
  if (grid.tiles > 0)
    cu::launch(synthesise_last_kernel<T>, dim3(unsigned(grid.tiles)), dim3(kProductThreads), 0, context.stream(), last);
}

FNO_INSTANTIATE(Analyse);
FNO_INSTANTIATE(Synthesise);

}  // namespace fno::cuda::CU_TARGET
