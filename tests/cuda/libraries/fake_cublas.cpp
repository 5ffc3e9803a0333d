// Stands in for libcublas.so.13 where there is no GPU: the functions that the backend calls, by their documentation
// (column-major, op as in BLAS), on host memory, which is the emulated device's. For tests of our arguments alone.
#include <complex>
#include <cstdlib>

namespace {

template <class E>
E element(const E* matrix, int ld, int op, int row, int column) {
  if (op == 0)
    return matrix[static_cast<std::size_t>(column) * static_cast<std::size_t>(ld) + static_cast<std::size_t>(row)];
  const E value =
      matrix[static_cast<std::size_t>(row) * static_cast<std::size_t>(ld) + static_cast<std::size_t>(column)];
  if constexpr (!std::is_floating_point_v<E>) return op == 2 ? std::conj(value) : value;
  return value;
}

template <class E>
int product(int op_a, int op_b, int m, int n, int k, const E* alpha, const E* a, int lda, long long stride_a,
            const E* b, int ldb, long long stride_b, const E* beta, E* c, int ldc, long long stride_c, int batch) {
  // The checks of the real one: leading dimensions hold a column of what is stored.
  if (lda < (op_a == 0 ? m : k) || ldb < (op_b == 0 ? k : n) || ldc < m) return 7;
  for (long long s = 0; s < batch; ++s)
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < m; ++i) {
        E sum{};
        for (int l = 0; l < k; ++l)
          sum += element(a + s * stride_a, lda, op_a, i, l) * element(b + s * stride_b, ldb, op_b, l, j);
        E& to = c[s * stride_c + static_cast<long long>(j) * ldc + i];
        to = *alpha * sum + (*beta == E{} ? E{} : *beta * to);
      }
  return 0;
}

int handle = 0;

}  // namespace

extern "C" {

int cublasGetProperty(int which, int* value) {
  *value = which == 0 ? 13 : which == 1 ? 98 : 76;
  return 0;
}
const char* cublasGetStatusString(int) { return "as the test asked"; }
int cublasCreate_v2(void** created) {
  *created = &handle;
  const char* refusal = std::getenv("FNO_FAKE_CUBLAS_CREATE");
  return refusal != nullptr ? std::atoi(refusal) : 0;
}
int cublasDestroy_v2(void*) { return 0; }
int cublasSetStream_v2(void*, void*) { return 0; }
int cublasSetMathMode(void*, int mode) { return mode == 2 ? 0 : 7; }

#define FNO_PRODUCT(name, E)                                                                                      \
  int name(void*, int op_a, int op_b, int m, int n, int k, const void* alpha, const void* a, int lda,             \
           long long stride_a, const void* b, int ldb, long long stride_b, const void* beta, void* c, int ldc,    \
           long long stride_c, int batch) {                                                                       \
    return product(op_a, op_b, m, n, k, static_cast<const E*>(alpha), static_cast<const E*>(a), lda, stride_a,    \
                   static_cast<const E*>(b), ldb, stride_b, static_cast<const E*>(beta), static_cast<E*>(c), ldc, \
                   stride_c, batch);                                                                              \
  }
FNO_PRODUCT(cublasSgemmStridedBatched, float)
FNO_PRODUCT(cublasDgemmStridedBatched, double)
FNO_PRODUCT(cublasCgemmStridedBatched, std::complex<float>)
FNO_PRODUCT(cublasZgemmStridedBatched, std::complex<double>)
}
