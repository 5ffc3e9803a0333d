#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "cuda/context.h"
#include "cuda/detail/complex.cuh"
#include "cuda/detail/each.cuh"
#include "framework/error.h"

// The element-wise ends of a diffraction: one thread an element, memory-bound, arrays read and written once. The probe
// is read once for each plane and comes from cache.
namespace fno::cuda::CU_TARGET {
namespace {

// Where element i of (B, C, points) lies in the patch; its imaginary part is channels · points further.
struct PatchIndex {
  std::int64_t re, im, point;
};

template <class Job>
__device__ __forceinline__ PatchIndex patch_index(const Job& j, std::int64_t i) {
  const std::int64_t plane = i / j.points, before = plane / j.channels * j.channels * j.points;
  return {i + before, i + before + j.channels * j.points, i - plane * j.points};
}

// 8 bytes read and 8 written an element in float.
template <class T>
__global__ void illuminate_kernel(Illuminate<T> j) {
  for_each_index(j.batch * j.channels * j.points, [&](std::int64_t i) {
    const PatchIndex at = patch_index(j, i);
    const Complex<T> o{j.gain * j.patch[at.re], j.gain * j.patch[at.im]};
    store_element(j.psi + i, product(o, load_element(j.probe + at.point)));
  });
}
CU_KERNEL(illuminate_kernel<float>);
CU_KERNEL(illuminate_kernel<double>);

// 8 bytes read and 8 written an element in float.
template <class T>
__global__ void illuminate_backward_kernel(IlluminateBackward<T> j) {
  for_each_index(j.batch * j.channels * j.points, [&](std::int64_t i) {
    const PatchIndex at = patch_index(j, i);
    const Complex<T> d = product(scaled(load_element(j.dpsi + i), j.gain), conjugate(load_element(j.probe + at.point)));
    j.dpatch[at.re] = d.re;
    j.dpatch[at.im] = d.im;
  });
}
CU_KERNEL(illuminate_backward_kernel<float>);
CU_KERNEL(illuminate_backward_kernel<double>);

// Where element i of (planes, height, width) lies when frequency 0 has moved to the middle of each plane.
__device__ __forceinline__ std::int64_t shifted(std::int64_t i, std::int64_t height, std::int64_t width) {
  const std::int64_t row = i / width, x = i - row * width, y = row % height;
  const std::int64_t to_x = x + width / 2, to_y = y + height / 2;
  return (row - y + (to_y < height ? to_y : to_y - height)) * width + (to_x < width ? to_x : to_x - width);
}

// 8 bytes read and 4 written an element in float; a row is written in two runs.
template <class T>
__global__ void shifted_modulus_kernel(ShiftedModulus<T> j) {
  for_each_index(j.planes * j.height * j.width, [&](std::int64_t i) {
    const Complex<T> x = load_element(j.x + i);
    j.y[shifted(i, j.height, j.width)] = j.scale * sqrt(x.re * x.re + x.im * x.im);
  });
}
CU_KERNEL(shifted_modulus_kernel<float>);
CU_KERNEL(shifted_modulus_kernel<double>);

// 12 bytes read and 8 written an element in float.
template <class T>
__global__ void shifted_modulus_backward_kernel(ShiftedModulusBackward<T> j) {
  for_each_index(j.planes * j.height * j.width, [&](std::int64_t i) {
    const Complex<T> x = load_element(j.x + i);
    const T square = x.re * x.re + x.im * x.im;
    // Turned so that NaN passes through.
    const T factor = square < kLeastSquare<T> ? T(0) : j.scale * j.dy[shifted(i, j.height, j.width)] / sqrt(square);
    store_element(j.dx + i, scaled(x, factor));
  });
}
CU_KERNEL(shifted_modulus_backward_kernel<float>);
CU_KERNEL(shifted_modulus_backward_kernel<double>);

template <class T>
void require_pairs(const char* what, std::initializer_list<const Complex<T>*> arrays) {
  for (const Complex<T>* array : arrays)
    require<ErrorKind::device>(reinterpret_cast<std::uintptr_t>(array) % sizeof(Complex<T>) == 0, what,
                               ": an array is not aligned to whole elements");
}

}  // namespace

template <class T>
void execute(Context& context, const Illuminate<T>& j) {
  require_pairs<T>("illuminate", {j.probe, j.psi});
  launch_each(context, j.batch * j.channels * j.points, illuminate_kernel<T>, j);
}

template <class T>
void execute(Context& context, const IlluminateBackward<T>& j) {
  require_pairs<T>("illuminate", {j.probe, j.dpsi});
  launch_each(context, j.batch * j.channels * j.points, illuminate_backward_kernel<T>, j);
}

template <class T>
void execute(Context& context, const ShiftedModulus<T>& j) {
  require_pairs<T>("shifted modulus", {j.x});
  launch_each(context, j.planes * j.height * j.width, shifted_modulus_kernel<T>, j);
}

template <class T>
void execute(Context& context, const ShiftedModulusBackward<T>& j) {
  require_pairs<T>("shifted modulus", {j.x, j.dx});
  launch_each(context, j.planes * j.height * j.width, shifted_modulus_backward_kernel<T>, j);
}

template void execute(Context&, const Illuminate<float>&);
template void execute(Context&, const Illuminate<double>&);
template void execute(Context&, const IlluminateBackward<float>&);
template void execute(Context&, const IlluminateBackward<double>&);
template void execute(Context&, const ShiftedModulus<float>&);
template void execute(Context&, const ShiftedModulus<double>&);
template void execute(Context&, const ShiftedModulusBackward<float>&);
template void execute(Context&, const ShiftedModulusBackward<double>&);

}  // namespace fno::cuda::CU_TARGET
