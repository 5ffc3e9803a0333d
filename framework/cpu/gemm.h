#pragma once

#include <cstddef>

namespace fno::cpu {

/// C = A·B, or C += A·B with `accumulate`, or with `start` (m) C = start[row] + A·B, on one thread: C (m, n) and B (k,
/// n) row-major with row lengths ldc, ldb; A (m, k) with any two strides, so its transpose costs nothing. Sums run over
/// k in order, one accumulator an element.
///
/// Own micro-kernels instead of a BLAS: the products of a Fourier layer are small or skinny (24 columns, 20 rows),
/// where the call and the packing of a library cost as much as the arithmetic, and the result must not depend on a
/// library's threads. `bench/` compares with OpenBLAS. No blocking for caches: callers hand in pieces of B that fit.
template <class T>
void gemm(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b, std::ptrdiff_t ldb,
          T* c, std::ptrdiff_t ldc, bool accumulate, const T* start = nullptr);

extern template void gemm(int, int, int, const float*, std::ptrdiff_t, std::ptrdiff_t, const float*, std::ptrdiff_t,
                          float*, std::ptrdiff_t, bool, const float*);
extern template void gemm(int, int, int, const double*, std::ptrdiff_t, std::ptrdiff_t, const double*, std::ptrdiff_t,
                          double*, std::ptrdiff_t, bool, const double*);

/// C += A·B with the product summed up apart from C, so that the rounding of a long sum cut into pieces grows with the
/// piece and not with the whole.
template <class T>
void gemm_add(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
              std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc);

extern template void gemm_add(int, int, int, const float*, std::ptrdiff_t, std::ptrdiff_t, const float*, std::ptrdiff_t,
                              float*, std::ptrdiff_t);
extern template void gemm_add(int, int, int, const double*, std::ptrdiff_t, std::ptrdiff_t, const double*,
                              std::ptrdiff_t, double*, std::ptrdiff_t);

/// to (cols, rows) = transpose of from (rows, cols), row lengths given. Moves bytes only: pairs of floats may be moved
/// as doubles.
template <class T>
void transpose(int rows, int cols, const T* from, std::ptrdiff_t ld_from, T* to, std::ptrdiff_t ld_to);

extern template void transpose(int, int, const float*, std::ptrdiff_t, float*, std::ptrdiff_t);
extern template void transpose(int, int, const double*, std::ptrdiff_t, double*, std::ptrdiff_t);

}  // namespace fno::cpu
