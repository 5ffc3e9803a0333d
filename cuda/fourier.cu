// Full-spectrum transforms of any length: one axis at a time, and each axis as products with small Fourier matrices. A
// length n = a·b takes two products (Cooley and Tukey 1965, one step), with a + b multiplications a point instead of
// n; a prime length takes one. With position j = j1·b + j2 and frequency k = k1 + a·k2, w = exp(-2πi/n):
//
//     t[k1, j2] = w^(j2·k1) · Σ_j1 w^(b·j1·k1) · x[j1, j2]        X[k1 + a·k2] = Σ_j2 w^(a·j2·k2) · t[k1, j2]
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "cuda/context.h"
#include "cuda/detail/product.cuh"
#include "cuda/tables.h"
#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kDirect = 16;                      // lengths up to here are not split
constexpr std::int64_t kPointsAtOnce = 1 << 21;  // of planes that share two buffers, which then stay in a large L2
constexpr int kNoLimit = std::numeric_limits<int>::max();

// Where the lines of one product lie. A column of the product is (o, mid, i), its element number j of the input at
// in[o·in_outer + mid·in_mid + j·in_step + i] and its result number k at the same with `out`. Half spectra exist only
// where inner is 1: the place within a line is then mid·…_mid + j·…_step.
struct Lines {
  int columns, mids, inner;
  std::int64_t in_outer, in_mid, in_step, out_outer, out_mid, out_step;
  int in_limit, out_limit;  // places of a half spectrum that exist
};

template <class T>
struct FourierStep {
  const Complex<T>* roots;  // (n) exp(-2πi·j/n)
  Lines lines;
  int n;                                   // length of the axis
  int points, results, length, root_step;  // Σ over j < points, for k < results, of roots[j·k mod length · root_step]
  bool twiddle;                            // results are multiplied by roots[mid·k]
  bool inverse;
  bool weigh_in, weigh_out;  // multiply place p of a half spectrum by c(p)
  int tiles_m;
  T scale;
};

// c(p): how many columns of the full spectrum column p of the half spectrum stands for.
template <class T>
__device__ T column_weight(int p, int n) {
  return p == 0 || 2 * p == n ? T(1) : T(2);
}

// The Fourier matrix, from the table of roots: element (k, j).
template <class T>
struct RootMatrix {
  using Element = Complex<T>;
  const Complex<T>* roots;
  int results, length, root_step;
  bool conjugated;

  __device__ static constexpr bool along_k() { return false; }
  __device__ Lane lane(int index) const { return {index < results ? index : -1, index}; }
  __device__ Complex<T> at(const Lane& lane, int j) const {
    // 64-bit remainders are slow, and needed only for prime factors that nobody uses.
    const int turn = length <= 65535 ? int(unsigned(lane.position) * unsigned(j) % unsigned(length))
                                     : int(std::int64_t{lane.position} * j % length);
    const Complex<T> root = load_element(roots + std::int64_t{turn} * root_step);
    return conjugated ? conjugate(root) : root;
  }
};

template <class In, class T>
struct LineColumns {
  using Element = In;
  const In* in;
  Lines lines;
  int n;
  bool weigh;

  __device__ bool along_k() const { return lines.in_step == 1; }
  __device__ Lane lane(int index) const {
    if (index >= lines.columns) return {-1, 0};
    const int i = index % lines.inner, rest = index / lines.inner, mid = rest % lines.mids, o = rest / lines.mids;
    return {o * lines.in_outer + mid * lines.in_mid + i, int(mid * lines.in_mid)};
  }
  __device__ In at(const Lane& lane, int j) const {
    if (lines.in_limit != kNoLimit) {
      const std::int64_t p = lane.position + j * lines.in_step;
      if (p >= lines.in_limit) return In{};
      const In value = load_element(in + lane.offset + j * lines.in_step);
      return weigh ? scaled(value, column_weight<T>(int(p), n)) : value;
    }
    return load_element(in + lane.offset + j * lines.in_step);
  }
};

// The sum's type is the result's, and its order of operands fits the matrix: a real result is Re(a · conj(b)), so the
// matrix is then conjugated.
template <class T, class Out>
using FourierTile = TileProduct<Out, 4, 2, 8>;

// One product of the scheme above for all lines of an axis. 8·points flop, 8 bytes read and 8 written an element in
// float; half as much for real ones.
template <class T, class In, class Out>
__global__ void __launch_bounds__(kProductThreads) fourier_kernel(FourierStep<T> step, const In* in, Out* out) {
  constexpr bool kRealResult = std::is_same_v<Out, T>;
  FourierTile<T, Out> tile;
  const RootMatrix<T> matrix{step.roots, step.results, step.length, step.root_step, step.inverse != kRealResult};
  const LineColumns<In, T> columns{in, step.lines, step.n, step.weigh_in};
  const int row0 = int(blockIdx.x) % step.tiles_m * tile.kRows;
  const int column0 = int(blockIdx.x) / step.tiles_m * tile.kColumns;
  tile.run(matrix, columns, row0, column0, 0, step.points);

  const Lines& lines = step.lines;
  tile.for_each([&](int row, int column_in_tile, Out value) {
    const int column = column0 + column_in_tile, k = row0 + row;
    if (column >= lines.columns || k >= step.results) return;
    const int i = column % lines.inner, rest = column / lines.inner, mid = rest % lines.mids, o = rest / lines.mids;
    const std::int64_t place = mid * lines.out_mid + k * lines.out_step;
    if (place >= lines.out_limit) return;
    value = scaled(value, step.scale);
    if constexpr (!kRealResult) {
      if (step.twiddle) {
        const Complex<T> root = load_element(step.roots + std::int64_t{mid} * k);
        value = product(value, step.inverse ? conjugate(root) : root);
      }
      if (step.weigh_out) value = scaled(value, column_weight<T>(int(place), step.n));
    }
    store_element(out + o * lines.out_outer + place + i, value);
  });
}
CU_KERNEL(fourier_kernel<float, float, Complex<float>>);
CU_KERNEL(fourier_kernel<float, Complex<float>, Complex<float>>);
CU_KERNEL(fourier_kernel<float, Complex<float>, float>);
CU_KERNEL(fourier_kernel<double, double, Complex<double>>);
CU_KERNEL(fourier_kernel<double, Complex<double>, Complex<double>>);
CU_KERNEL(fourier_kernel<double, Complex<double>, double>);

// ---------------------------------------------------------------------------------------------------------------------

// The larger factor of the most even split; n itself where a split does not exist or does not pay.
int larger_factor(int n) {
  if (n <= kDirect) return n;
  for (int b = int(std::sqrt(double(n))); b > 1; --b)
    if (n % b == 0) return n / b;
  return n;
}

enum class Half { none, in, out };

// Appends the products of one axis: `outer` groups of lines of length n, `inner` of them side by side. With a half
// spectrum (inner is 1) the input or the output holds n/2 + 1 places of each line.
template <class T>
void plan_axis(std::vector<FourierStep<T>>& steps, const Complex<T>* roots, std::int64_t outer, int n,
               std::int64_t inner, bool inverse, Half half) {
  const int a = larger_factor(n), b = n / a, kept = n / 2 + 1;
  const std::int64_t in_line = (half == Half::in ? kept : n) * inner, out_line = (half == Half::out ? kept : n) * inner;
  FourierStep<T> step{};
  step.roots = roots;
  step.n = n;
  step.inverse = inverse;
  step.scale = 1;
  Lines& lines = step.lines;
  lines.inner = int(inner);
  lines.in_limit = half == Half::in ? kept : kNoLimit;
  lines.out_limit = half == Half::out ? kept : kNoLimit;
  // Places beyond a half spectrum are zero on one side and not wanted on the other: those products are shorter.
  const auto rows_of = [&](Half side, int factor, int step_along) {
    return half == side ? (kept + step_along - 1) / step_along : factor;
  };
  if (b == 1) {
    lines = {int(outer * inner), 1, int(inner), in_line, 0, inner, out_line, 0, inner, lines.in_limit, lines.out_limit};
    step.points = rows_of(Half::in, n, 1);
    step.results = rows_of(Half::out, n, 1);
    step.length = n;
    step.root_step = 1;
    steps.push_back(step);
    return;
  }
  FourierStep<T> first = step, second = step;
  first.lines = {int(outer * b * inner), b,       int(inner), in_line, inner, b * inner, n * inner, inner, b * inner,
                 lines.in_limit,         kNoLimit};
  first.points = rows_of(Half::in, a, b);
  first.results = first.length = a;
  first.root_step = b;
  first.twiddle = true;
  second.lines = {
      int(outer * a * inner), a, int(inner), n * inner, b * inner, inner, out_line, inner, a * inner, kNoLimit,
      lines.out_limit};
  second.points = second.length = b;
  second.results = rows_of(Half::out, b, a);
  second.root_step = a;
  steps.push_back(first);
  steps.push_back(second);
}

template <class T, class In, class Out>
void launch_step(Context& context, FourierStep<T> step, const In* in, Out* out) {
  const TileGrid grid = TileGrid::of<FourierTile<T, Out>>(step.results, step.lines.columns);
  step.tiles_m = grid.tiles_m;
  cu::launch(fourier_kernel<T, In, Out>, dim3(unsigned(grid.tiles)), dim3(kProductThreads), 0, context.stream(), step,
             in, out);
}

// A transform of `planes` planes in groups that share two buffers. `plan` lists the products for a group.
template <class T, class In, class Out, class Plan>
void transform(Context& context, const char* what, const In* in, Out* out, std::int64_t planes, const int (&size)[3],
               std::int64_t in_plane, std::int64_t out_plane, const Plan& plan) {
  const std::int64_t points = std::int64_t{size[0]} * size[1] * size[2];
  require<ErrorKind::device>(points <= kNoLimit - 4096, what, ": a plane of ", points,
                             " points; the device accepts at most ", kNoLimit - 4096);
  for (const std::uintptr_t address :
       {reinterpret_cast<std::uintptr_t>(in) % sizeof(In), reinterpret_cast<std::uintptr_t>(out) % sizeof(Out)})
    require<ErrorKind::device>(address == 0, what, ": an array is not aligned to whole elements");
  const std::int64_t group =
      std::clamp<std::int64_t>(kPointsAtOnce / std::max<std::int64_t>(points, 1), 1, std::max<std::int64_t>(planes, 1));
  for (std::int64_t first = 0; first < planes && points > 0; first += group) {
    const std::int64_t count = std::min(group, planes - first);
    const std::vector<FourierStep<T>> steps = plan(count);
    const auto room = std::size_t(count * points);
    Scratch<Complex<T>> even(context, steps.size() > 1 ? room : 0), odd(context, steps.size() > 2 ? room : 0);
    const In* from = in + first * in_plane;
    Out* to = out + first * out_plane;
    const auto buffer = [&](std::size_t s) { return s % 2 == 0 ? even.data() : odd.data(); };
    if (steps.size() == 1) {
      launch_step(context, steps[0], from, to);
      continue;
    }
    launch_step(context, steps[0], from, buffer(0));
    for (std::size_t s = 1; s + 1 < steps.size(); ++s)
      launch_step(context, steps[s], static_cast<const Complex<T>*>(buffer(s - 1)), buffer(s));
    launch_step(context, steps.back(), static_cast<const Complex<T>*>(buffer(steps.size() - 2)), to);
  }
}

// The leading axes of `planes` planes whose last axis holds `columns` numbers.
template <class T>
void plan_leading(Tables& tables, std::vector<FourierStep<T>>& steps, std::int64_t planes, const int (&size)[3],
                  std::int64_t columns, bool inverse) {
  if (size[1] > 1)
    plan_axis<T>(steps, tables.roots<T>(size[1]), planes * size[0], size[1], columns, inverse, Half::none);
  if (size[0] > 1)
    plan_axis<T>(steps, tables.roots<T>(size[0]), planes, size[0], size[1] * columns, inverse, Half::none);
}

}  // namespace

template <class T>
void execute(Context& context, const Rfft<T>& j) {
  Tables& tables = context.cache<Tables>();
  const std::int64_t rows = std::int64_t{j.size[0]} * j.size[1], columns = j.size[2] / 2 + 1;
  transform<T>(context, "rfft", j.x, j.x_hat, j.planes, j.size, rows * j.size[2], rows * columns,
               [&](std::int64_t planes) {
                 std::vector<FourierStep<T>> steps;
                 plan_axis<T>(steps, tables.roots<T>(j.size[2]), planes * rows, j.size[2], 1, false, Half::out);
                 steps.back().weigh_out = j.weighted;
                 plan_leading<T>(tables, steps, planes, j.size, columns, false);
                 steps.back().scale = j.scale;
                 return steps;
               });
}

template <class T>
void execute(Context& context, const Irfft<T>& j) {
  Tables& tables = context.cache<Tables>();
  const std::int64_t rows = std::int64_t{j.size[0]} * j.size[1], columns = j.size[2] / 2 + 1;
  transform<T>(context, "irfft", j.x_hat, j.x, j.planes, j.size, rows * columns, rows * j.size[2],
               [&](std::int64_t planes) {
                 std::vector<FourierStep<T>> steps;
                 plan_leading<T>(tables, steps, planes, j.size, columns, true);
                 const std::size_t last = steps.size();
                 plan_axis<T>(steps, tables.roots<T>(j.size[2]), planes * rows, j.size[2], 1, true, Half::in);
                 steps[last].weigh_in = j.weighted;
                 steps.back().scale = j.scale;
                 return steps;
               });
}

template <class T>
void execute(Context& context, const Fft<T>& j) {
  Tables& tables = context.cache<Tables>();
  const std::int64_t rows = std::int64_t{j.size[0]} * j.size[1], points = rows * j.size[2];
  transform<T>(context, "fft", j.x, j.y, j.planes, j.size, points, points, [&](std::int64_t planes) {
    std::vector<FourierStep<T>> steps;
    plan_axis<T>(steps, tables.roots<T>(j.size[2]), planes * rows, j.size[2], 1, j.inverse, Half::none);
    plan_leading<T>(tables, steps, planes, j.size, j.size[2], j.inverse);
    steps.back().scale = j.scale;
    return steps;
  });
}

FNO_INSTANTIATE(Rfft);
FNO_INSTANTIATE(Irfft);
FNO_INSTANTIATE(Fft);

}  // namespace fno::cuda::CU_TARGET
