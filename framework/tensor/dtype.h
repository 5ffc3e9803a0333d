#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <type_traits>

#include "framework/error.h"
#include "framework/kernels/scalar.h"

namespace fno {

enum class Dtype { float32, float64, complex64, complex128, int32 };

[[nodiscard]] constexpr bool is_complex(Dtype t) { return t == Dtype::complex64 || t == Dtype::complex128; }
/// The type of a complex type's parts; a real type itself.
[[nodiscard]] constexpr Dtype real_of(Dtype t) {
  return t == Dtype::complex64 ? Dtype::float32 : t == Dtype::complex128 ? Dtype::float64 : t;
}
[[nodiscard]] constexpr Dtype complex_of(Dtype t) {
  return t == Dtype::float32 ? Dtype::complex64 : t == Dtype::float64 ? Dtype::complex128 : t;
}
[[nodiscard]] constexpr std::size_t bytes_of(Dtype t) {
  switch (t) {
    case Dtype::float32:
    case Dtype::int32: return 4;
    case Dtype::float64:
    case Dtype::complex64: return 8;
    case Dtype::complex128: return 16;
  }
  return 0;
}
inline std::ostream& operator<<(std::ostream& out, Dtype t) {
  constexpr const char* kNames[] = {"float32", "float64", "complex64", "complex128", "int32"};
  return out << kNames[static_cast<int>(t)];
}

/// The element type that a host type stands for. A type without one does not compile where an Element is asked for.
template <class T>
inline constexpr auto kDtypeOf = nullptr;
template <>
inline constexpr auto kDtypeOf<float> = Dtype::float32;
template <>
inline constexpr auto kDtypeOf<double> = Dtype::float64;
template <>
inline constexpr auto kDtypeOf<Complex<float>> = Dtype::complex64;
template <>
inline constexpr auto kDtypeOf<Complex<double>> = Dtype::complex128;
template <>
inline constexpr auto kDtypeOf<std::complex<float>> = Dtype::complex64;
template <>
inline constexpr auto kDtypeOf<std::complex<double>> = Dtype::complex128;
template <>
inline constexpr auto kDtypeOf<std::int32_t> = Dtype::int32;
/// float, double, std::int32_t, Complex and std::complex of the first two.
template <class T>
concept Element = std::is_same_v<decltype(kDtypeOf<T>), const Dtype>;

/// Calls f(float{}) or f(double{}) for a real or complex type: how an op picks the job of its tensors' precision.
template <class F>
decltype(auto) with_real(Dtype t, F&& f) {
  if (real_of(t) == Dtype::float64) return f(double{});
  require<ErrorKind::config>(real_of(t) == Dtype::float32, "this operation takes real or complex tensors, not ", t);
  return f(float{});
}

}  // namespace fno
