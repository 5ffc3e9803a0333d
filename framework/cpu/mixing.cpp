// Per-mode products of complex matrices. With interleaved storage a complex product is two real ones: Re(A) times the
// rows of B and Im(A) times the rows of i·B, on pairs. The factor i is put to the smaller side: to B before the
// products, or to the result of the second.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/gemm.h"

namespace fno::cpu {
namespace {

// c (m, n) = A·B for complex A (m, k) with strides counted in complex numbers, B (k, n) rows contiguous. For few rows:
// scratch holds m·n complex numbers.
template <class T>
void product_of_few_rows(int m, int n, int k, const Complex<T>* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col,
                         const Complex<T>* b, Complex<T>* c, T* scratch) {
  const T* ar = reinterpret_cast<const T*>(a);
  const T* br = reinterpret_cast<const T*>(b);
  T* cr = reinterpret_cast<T*>(c);
  const int width = 2 * n;
  gemm(m, width, k, ar, 2 * a_row, 2 * a_col, br, width, cr, width, false);
  gemm(m, width, k, ar + 1, 2 * a_row, 2 * a_col, br, width, scratch, width, false);
  const std::int64_t total = std::int64_t{m} * width;
  for (std::int64_t i = 0; i < total; i += 2) {
    cr[i] -= scratch[i + 1];
    cr[i + 1] += scratch[i];
  }
}

// c (m, n) = conj(A)·B, the same otherwise. For many rows: scratch holds k·n complex numbers.
template <class T>
void conjugate_product(int m, int n, int k, const Complex<T>* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col,
                       const Complex<T>* b, Complex<T>* c, T* scratch) {
  const T* ar = reinterpret_cast<const T*>(a);
  const T* br = reinterpret_cast<const T*>(b);
  T* cr = reinterpret_cast<T*>(c);
  const int width = 2 * n;
  const std::int64_t total = std::int64_t{k} * width;
  for (std::int64_t i = 0; i < total; i += 2) {  // -i·B
    scratch[i] = br[i + 1];
    scratch[i + 1] = -br[i];
  }
  gemm(m, width, k, ar, 2 * a_row, 2 * a_col, br, width, cr, width, false);
  gemm(m, width, k, ar + 1, 2 * a_row, 2 * a_col, scratch, width, cr, width, true);
}

template <class T>
void transpose_complex(int rows, int columns, const Complex<T>* from, Complex<T>* to) {
  if constexpr (sizeof(Complex<T>) == sizeof(double))
    transpose(rows, columns, reinterpret_cast<const double*>(from), columns, reinterpret_cast<double*>(to), rows);
  else
    for (int c = 0; c < columns; ++c)
      for (int r = 0; r < rows; ++r) to[std::ptrdiff_t{c} * rows + r] = from[std::ptrdiff_t{r} * columns + c];
}

// Modes worth a thread's waking up.
std::int64_t grain(std::int64_t flop_per_mode) { return 1 + 200000 / (flop_per_mode + 1); }

}  // namespace

template <class T>
void execute(Context& context, const MixChannels<T>& j) {
  const std::int64_t x_step = std::int64_t{j.batch} * j.in, y_step = std::int64_t{j.batch} * j.out;
  context.parallel_with_scratch<T>(j.modes->count(), grain(8 * x_step * j.out), static_cast<std::size_t>(2 * y_step),
                                   [&](std::int64_t first, std::int64_t last, T* scratch) {
                                     for (std::int64_t m = first; m < last; ++m) {
                                       const std::int64_t w = j.modes->weight_index[static_cast<std::size_t>(m)];
                                       product_of_few_rows(j.batch, j.out, j.in, j.x + m * x_step, j.in, 1,
                                                           j.w + w * j.in * j.out, j.y + m * y_step, scratch);
                                     }
                                   });
}

// dxᵀ (in, batch) = conj(W)·dyᵀ: so the weights, by far the largest of the three, are read as they lie.
template <class T>
void execute(Context& context, const MixInputGrad<T>& j) {
  const std::int64_t x_step = std::int64_t{j.batch} * j.in, y_step = std::int64_t{j.batch} * j.out;
  const std::int64_t block = std::int64_t{j.in} * j.out;
  context.parallel_with_scratch<T>(
      j.modes->count(), grain(8 * x_step * j.out), static_cast<std::size_t>(2 * x_step + 4 * y_step),
      [&](std::int64_t first, std::int64_t last, T* scratch) {
        auto* dx = reinterpret_cast<Complex<T>*>(scratch);
        Complex<T>* dy = dx + x_step;
        for (std::int64_t m = first; m < last; ++m) {
          const Complex<T>* w = j.w + std::int64_t{j.modes->weight_index[static_cast<std::size_t>(m)]} * block;
          transpose_complex(j.batch, j.out, j.dy + m * y_step, dy);
          conjugate_product(j.in, j.batch, j.out, w, j.out, 1, dy, dx, scratch + 2 * (x_step + y_step));
          transpose_complex(j.in, j.batch, dx, j.dx + m * x_step);
        }
      });
}

template <class T>
void execute(Context& context, const MixWeightGrad<T>& j) {
  const std::int64_t x_step = std::int64_t{j.batch} * j.in, y_step = std::int64_t{j.batch} * j.out;
  const std::int64_t block = std::int64_t{j.in} * j.out;
  if (j.modes->count() < j.modes->weight_modes)
    context.memory().zero(j.dw, static_cast<std::size_t>(j.modes->weight_modes * block) * sizeof(Complex<T>));
  context.parallel_with_scratch<T>(j.modes->count(), grain(8 * x_step * j.out), static_cast<std::size_t>(2 * y_step),
                                   [&](std::int64_t first, std::int64_t last, T* scratch) {
                                     for (std::int64_t m = first; m < last; ++m) {
                                       const std::int64_t w = j.modes->weight_index[static_cast<std::size_t>(m)];
                                       conjugate_product(j.in, j.out, j.batch, j.x + m * x_step, 1, j.in,
                                                         j.dy + m * y_step, j.dw + w * block, scratch);
                                     }
                                   });
}

FNO_INSTANTIATE(MixChannels);
FNO_INSTANTIATE(MixInputGrad);
FNO_INSTANTIATE(MixWeightGrad);

}  // namespace fno::cpu
