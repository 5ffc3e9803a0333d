#pragma once

#include "cuda/emulation/portable.h"
#include "framework/kernels/scalar.h"

/// Complex arithmetic of kernels. `multiply_add` is the one step of every product of matrices here: its overloads say
/// which parts take part, so a real operand costs two multiplications and not four.
namespace fno::cuda::CU_TARGET {

/// A pair moved by one instruction. Launchers check that arrays of pairs are aligned to whole pairs.
template <class T>
__device__ __forceinline__ Complex<T> load_element(const Complex<T>* from) {
  return cu::load(from);
}
template <class T>
__device__ __forceinline__ T load_element(const T* from) {
  return *from;
}

template <class T>
__device__ __forceinline__ void store_element(Complex<T>* to, Complex<T> value) {
  cu::store(to, value);
}
template <class T>
__device__ __forceinline__ void store_element(T* to, T value) {
  *to = value;
}

template <class T>
__device__ __forceinline__ Complex<T> conjugate(Complex<T> a) {
  return {a.re, -a.im};
}

template <class T>
__device__ __forceinline__ Complex<T> scaled(Complex<T> a, T factor) {
  return {a.re * factor, a.im * factor};
}
template <class T>
__device__ __forceinline__ T scaled(T a, T factor) {
  return a * factor;
}

template <class T>
__device__ __forceinline__ Complex<T> product(Complex<T> a, Complex<T> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

template <class T>
__device__ __forceinline__ void multiply_add(Complex<T>& sum, T a, Complex<T> b) {
  cu::note_multiply_adds(2);
  sum.re += a * b.re;
  sum.im += a * b.im;
}
template <class T>
__device__ __forceinline__ void multiply_add(Complex<T>& sum, Complex<T> a, T b) {
  cu::note_multiply_adds(2);
  sum.re += a.re * b;
  sum.im += a.im * b;
}
template <class T>
__device__ __forceinline__ void multiply_add(Complex<T>& sum, Complex<T> a, Complex<T> b) {
  cu::note_multiply_adds(4);
  sum.re += a.re * b.re;
  sum.re -= a.im * b.im;
  sum.im += a.re * b.im;
  sum.im += a.im * b.re;
}
/// Re(a · conj(b)): the step towards a real result.
template <class T>
__device__ __forceinline__ void multiply_add(T& sum, Complex<T> a, Complex<T> b) {
  cu::note_multiply_adds(2);
  sum += a.re * b.re;
  sum += a.im * b.im;
}

}  // namespace fno::cuda::CU_TARGET
