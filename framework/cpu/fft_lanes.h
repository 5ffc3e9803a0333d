#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "framework/cpu/simd.h"

/// Vectors of complex numbers for the transforms, private to them: real and imaginary parts in separate planes, so that
/// arithmetic needs no shuffles, and the ways between planes and interleaved arrays.
namespace fno::cpu::fft {

/// Bytes of one vector: one register, at most one of AVX.
inline constexpr int kPlaneBytes = std::min(32, kVectorBytes);
template <class T>
inline constexpr int kLanes = kPlaneBytes / static_cast<int>(sizeof(T));

template <class T>
struct VecOf {
  typedef T type __attribute__((vector_size(kPlaneBytes)));
};
template <class T>
using Vec = typename VecOf<T>::type;

template <class T>
struct Planes {
  T *re, *im;
  [[nodiscard]] Planes at(std::size_t offset) const { return {re + offset, im + offset}; }
  [[nodiscard]] Planes swapped() const { return {im, re}; }
};

/// A complex number in every lane.
template <class T>
struct Complexes {
  Vec<T> re, im;
  friend Complexes operator+(const Complexes& a, const Complexes& b) { return {a.re + b.re, a.im + b.im}; }
  friend Complexes operator-(const Complexes& a, const Complexes& b) { return {a.re - b.re, a.im - b.im}; }
  friend Complexes operator*(const Complexes& a, T b) { return {a.re * b, a.im * b}; }
  [[nodiscard]] Complexes times(T wr, T wi) const { return {re * wr - im * wi, re * wi + im * wr}; }
  [[nodiscard]] Complexes times(const Complexes& w) const { return {re * w.re - im * w.im, re * w.im + im * w.re}; }
  [[nodiscard]] Complexes times_minus_i() const { return {im, -re}; }
};

template <class T>
using Tile = std::array<Complexes<T>, kLanes<T>>;

template <class T>
Complexes<std::remove_const_t<T>> load(const Planes<T>& from) {
  Complexes<std::remove_const_t<T>> value;
  std::memcpy(&value.re, from.re, sizeof(value.re));
  std::memcpy(&value.im, from.im, sizeof(value.im));
  return value;
}

template <class T>
void store(const Planes<T>& to, const Complexes<T>& value) {
  std::memcpy(to.re, &value.re, sizeof(value.re));
  std::memcpy(to.im, &value.im, sizeof(value.im));
}

/// The two halves of a0 b0 a1 b1 …
template <class V, std::size_t... i>
void interleave(V& a, V& b, std::index_sequence<i...>) {
  constexpr int kSize = sizeof...(i);
  const V low = __builtin_shufflevector(a, b, (static_cast<int>(i / 2 + (i % 2) * kSize))...);
  b = __builtin_shufflevector(a, b, (static_cast<int>((kSize + i) / 2 + (i % 2) * kSize))...);
  a = low;
}

/// Undoes `interleave`.
template <class V, std::size_t... i>
void separate(V& a, V& b, std::index_sequence<i...>) {
  const V even = __builtin_shufflevector(a, b, (static_cast<int>(2 * i))...);
  b = __builtin_shufflevector(a, b, (static_cast<int>(2 * i + 1))...);
  a = even;
}

template <class T>
constexpr auto lane_sequence() {
  return std::make_index_sequence<kLanes<T>>{};
}

/// tile[i] lane j <-> tile[j] lane i. Interleaving rows i and i + half moves the top bit of the row number to the end
/// of the lane number and the top bit of the lane number to the end of the row number; log2(kLanes) times swap them.
template <class T>
void transpose(Tile<T>& tile) {
  constexpr std::size_t kHalf = kLanes<T> / 2;
  for (std::size_t step = 1; step < kLanes<T>; step *= 2) {
    Tile<T> next;
    for (std::size_t i = 0; i < kHalf; ++i) {
      Complexes<T> a = tile[i], b = tile[i + kHalf];
      interleave(a.re, b.re, lane_sequence<T>());
      interleave(a.im, b.im, lane_sequence<T>());
      next[2 * i] = a;
      next[2 * i + 1] = b;
    }
    tile = next;
  }
}

/// kLanes consecutive complex numbers; `in` points at the first real part.
template <class T>
Complexes<T> load_interleaved(const T* in) {
  Complexes<T> value;
  std::memcpy(&value.re, in, sizeof(value.re));
  std::memcpy(&value.im, in + kLanes<T>, sizeof(value.im));
  separate(value.re, value.im, lane_sequence<T>());
  return value;
}

template <class T>
void store_interleaved(T* out, const Complexes<T>& value) {
  Vec<T> low = value.re, high = value.im;
  interleave(low, high, lane_sequence<T>());
  std::memcpy(out, &low, sizeof(low));
  std::memcpy(out + kLanes<T>, &high, sizeof(high));
}

/// to[i] = in[i * stride] for i < count, 0 for count <= i < lanes.
template <class T>
void unzip(const std::complex<T>* in, std::ptrdiff_t stride, std::size_t count, Planes<T> to, std::size_t lanes) {
  const T* from = reinterpret_cast<const T*>(in);
  std::size_t i = 0;
  if (stride == 1)
    for (; i + kLanes<T> <= count; i += kLanes<T>) store(to.at(i), load_interleaved(from + 2 * i));
  for (; i < count; ++i) {
    const T* value = from + 2 * static_cast<std::ptrdiff_t>(i) * stride;
    to.re[i] = value[0];
    to.im[i] = value[1];
  }
  for (; i < lanes; ++i) to.re[i] = to.im[i] = T{0};
}

/// out[i] = from[i] for i < count.
template <class T>
void zip(Planes<T> from, std::size_t count, std::complex<T>* out) {
  T* to = reinterpret_cast<T*>(out);
  std::size_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) store_interleaved(to + 2 * i, load(from.at(i)));
  for (; i < count; ++i) {
    to[2 * i] = from.re[i];
    to[2 * i + 1] = from.im[i];
  }
}

/// to[j * lanes + c] = in[c * distance + j] for j < n and c < count, 0 for count <= c < lanes.
template <class T>
void unzip_transposed(const std::complex<T>* in, std::ptrdiff_t distance, std::size_t n, std::size_t count,
                      Planes<T> to, std::size_t lanes) {
  for (std::size_t c0 = 0; c0 < lanes; c0 += kLanes<T>) {
    const std::size_t rows = count - c0 < kLanes<T> ? count - c0 : kLanes<T>;
    const T* from = reinterpret_cast<const T*>(in + static_cast<std::ptrdiff_t>(c0) * distance);
    std::size_t j = 0;
    for (; j + kLanes<T> <= n; j += kLanes<T>) {
      Tile<T> tile{};
      for (std::size_t c = 0; c < rows; ++c)
        tile[c] =
            load_interleaved(from + 2 * (static_cast<std::ptrdiff_t>(c) * distance + static_cast<std::ptrdiff_t>(j)));
      transpose(tile);
      for (std::size_t i = 0; i < kLanes<T>; ++i) store(to.at((j + i) * lanes + c0), tile[i]);
    }
    for (; j < n; ++j) {
      const Planes<T> row = to.at(j * lanes + c0);
      unzip(reinterpret_cast<const std::complex<T>*>(from) + j, distance, rows, row, kLanes<T>);
    }
  }
}

/// out[c * distance + k] = from[k * lanes + c] for k < n and c < count.
template <class T>
void zip_transposed(Planes<T> from, std::size_t lanes, std::size_t n, std::size_t count, std::complex<T>* out,
                    std::ptrdiff_t distance) {
  for (std::size_t c0 = 0; c0 < lanes; c0 += kLanes<T>) {
    const std::size_t rows = count - c0 < kLanes<T> ? count - c0 : kLanes<T>;
    T* to = reinterpret_cast<T*>(out + static_cast<std::ptrdiff_t>(c0) * distance);
    std::size_t k = 0;
    for (; k + kLanes<T> <= n; k += kLanes<T>) {
      Tile<T> tile;
      for (std::size_t i = 0; i < kLanes<T>; ++i) tile[i] = load(from.at((k + i) * lanes + c0));
      transpose(tile);
      for (std::size_t c = 0; c < rows; ++c)
        store_interleaved(to + 2 * (static_cast<std::ptrdiff_t>(c) * distance + static_cast<std::ptrdiff_t>(k)),
                          tile[c]);
    }
    for (; k < n; ++k)
      for (std::size_t c = 0; c < rows; ++c) {
        T* value = to + 2 * (static_cast<std::ptrdiff_t>(c) * distance + static_cast<std::ptrdiff_t>(k));
        value[0] = from.re[k * lanes + c0 + c];
        value[1] = from.im[k * lanes + c0 + c];
      }
  }
}

}  // namespace fno::cpu::fft
