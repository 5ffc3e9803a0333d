// The truncated transform back: spectra of rows first, one product of matrices an axis, then the rows themselves.
//
//     y_hat = (k0, k1, k2, plane) → (n0, k1, k2, plane) → (n0, n1, k2, plane) → y (plane, n0, n1, n2)
#include <cstdint>

#include "cuda/detail/spectral.cuh"
#include "cuda/spectral.h"
#include "cuda/tables.h"

namespace fno::cuda::CU_TARGET {
namespace {

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
  // Four rows at a time, all loads before the first store: a store could change what a later load reads, for all that
  // the compiler knows.
  constexpr int kAtOnce = 4;
  CU_UNROLL for (int i0 = 0; i0 < 16; i0 += kAtOnce) {
    T* y[kAtOnce];
    T before[kAtOnce][2];
    CU_UNROLL for (int i = 0; i < kAtOnce; ++i, ++row) {
      y[i] = row < rows ? job.y + (std::int64_t{plane} * job.spectra.rows + r) * job.points : nullptr;
      if (++plane == planes) plane = 0, ++r;
      CU_UNROLL for (int j = 0; j < 2; ++j) {
        const int point = column0 + tile.column(j);
        before[i][j] = job.accumulate && y[i] && point < job.points ? y[i][point] : T(0);
      }
    }
    CU_UNROLL for (int i = 0; i < kAtOnce; ++i) CU_UNROLL for (int j = 0; j < 2; ++j) {
      const int point = column0 + tile.column(j);
      if (y[i] && point < job.points) y[i][point] = before[i][j] + tile.sum[i0 + i][j] * job.scale;
    }
  }
}
CU_KERNEL(synthesise_last_kernel<float>);
CU_KERNEL(synthesise_last_kernel<double>);

// ---------------------------------------------------------------------------------------------------------------------

}  // namespace

template <class T>
RowSpectra<T>::RowSpectra(Context& context, const Synthesise<T>& j) {
  const Extents e(*j.modes, j.batch, j.channels, "synthesise");
  check_pairs(j.y_hat, "synthesise");
  const ModeTables<T>& tables = context.cache<Tables>().template modes<T>(*j.modes);
  const std::int64_t inner = std::int64_t{e.k2} * e.planes;
  spectra = j.y_hat;
  waves = tables.last[j.weighted];
  planes = e.planes, rows = e.n0 * e.n1, modes = e.k2, points = tables.last_points;
  const auto along = [&](const AxisTable<T>& table, int outer, std::int64_t width,
                         std::optional<Scratch<Complex<T>>>& scratch) {
    SynthesiseAxis<T> axis{};
    axis.table = table;
    axis.lines = {spectra, outer, table.kept, int(width)};
    axis.out = scratch.emplace(context, std::size_t(outer * table.points * width)).data();
    const auto grid = TileGrid::of<TileProduct<Complex<T>, 8, 2, 8>>(table.points, outer * width);
    axis.tiles_m = grid.tiles_m;
    if (grid.tiles > 0)
      cu::launch(synthesise_axis_kernel<T>, dim3(unsigned(grid.tiles)), dim3(kProductThreads), 0, context.stream(),
                 axis);
    spectra = axis.out;
  };
  if (!is_trivial(e.n0, e.k0)) along(tables.axis[j.weighted][0], 1, e.k1 * inner, first_);
  if (!is_trivial(e.n1, e.k1)) along(tables.axis[j.weighted][1], e.n0, inner, second_);
}

template <class T>
void execute(Context& context, const Synthesise<T>& j) {
  const RowSpectra<T> rows(context, j);
  SynthesiseLast<T> last{};
  last.spectra = {rows.spectra, rows.planes, rows.rows, rows.modes};
  last.waves = rows.waves;
  last.y = j.y;
  last.points = rows.points;
  last.scale = j.scale;
  last.accumulate = j.accumulate;
  const auto grid = TileGrid::of<TileProduct<T, 16, 2, 4>>(std::int64_t{rows.planes} * rows.rows, last.points);
  last.tiles_m = grid.tiles_m;
  if (grid.tiles > 0)
    cu::launch(synthesise_last_kernel<T>, dim3(unsigned(grid.tiles)), dim3(kProductThreads), 0, context.stream(), last);
}

FNO_INSTANTIATE(Synthesise);
template class RowSpectra<float>;
template class RowSpectra<double>;

}  // namespace fno::cuda::CU_TARGET
