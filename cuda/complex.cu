#include <cstdint>
#include <initializer_list>

#include "cuda/context.h"
#include "cuda/detail/complex.cuh"
#include "cuda/detail/each.cuh"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/strided.cuh"
#include "framework/error.h"

// Arithmetic of complex arrays: one thread an element, memory-bound.
namespace fno::cuda::CU_TARGET {
namespace {

// Reads each operand once, or from cache where a stride of 0 repeats it; writes y once: 24 bytes an element in float.
template <bool conjugate, class T>
__global__ void complex_product_kernel(ComplexProduct<T> j) {
  for_each_index(j.pair.count, [&](std::int64_t i) {
    const PairOffset at = locate(j.pair, i);
    store_element(j.y + i, Math::product<conjugate>(j.scale, load_element(j.a + at.a), load_element(j.b + at.b)));
  });
}
CU_KERNEL(complex_product_kernel<false, float>);
CU_KERNEL(complex_product_kernel<false, double>);
CU_KERNEL(complex_product_kernel<true, float>);
CU_KERNEL(complex_product_kernel<true, double>);

// 8 bytes read and 4 written an element in float.
template <class T>
__global__ void modulus_kernel(Modulus<T> j) {
  for_each_index(j.n, [&](std::int64_t i) { j.y[i] = Math::modulus(load_element(j.x + i)); });
}
CU_KERNEL(modulus_kernel<float>);
CU_KERNEL(modulus_kernel<double>);

// 12 bytes read and 8 written an element in float.
template <class T>
__global__ void modulus_backward_kernel(ModulusBackward<T> j) {
  for_each_index(
      j.n, [&](std::int64_t i) { store_element(j.dx + i, Math::modulus_backward(load_element(j.x + i), j.dy[i])); });
}
CU_KERNEL(modulus_backward_kernel<float>);
CU_KERNEL(modulus_backward_kernel<double>);

template <class T>
void require_pairs(const char* what, std::initializer_list<const Complex<T>*> arrays) {
  for (const Complex<T>* array : arrays)
    require<ErrorKind::device>(reinterpret_cast<std::uintptr_t>(array) % sizeof(Complex<T>) == 0, what,
                               ": an array is not aligned to whole elements");
}

}  // namespace

template <class T>
void execute(Context& context, const ComplexProduct<T>& j) {
  require_pairs<T>("complex product", {j.a, j.b, j.y});
  launch_each(context, j.pair.count, j.conjugate ? complex_product_kernel<true, T> : complex_product_kernel<false, T>,
              j);
}

template <class T>
void execute(Context& context, const Modulus<T>& j) {
  require_pairs<T>("modulus", {j.x});
  launch_each(context, j.n, modulus_kernel<T>, j);
}

template <class T>
void execute(Context& context, const ModulusBackward<T>& j) {
  require_pairs<T>("modulus", {j.x, j.dx});
  launch_each(context, j.n, modulus_backward_kernel<T>, j);
}

FNO_INSTANTIATE(ComplexProduct);
FNO_INSTANTIATE(Modulus);
FNO_INSTANTIATE(ModulusBackward);

}  // namespace fno::cuda::CU_TARGET
