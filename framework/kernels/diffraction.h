#pragma once

#include <limits>

#include "framework/kernels/scalar.h"

namespace fno {

/// The two ends of the far-field diffraction of an object patch; the transform between them is Fft (fourier.h).
/// A patch is (B, 2C, P) reals over P = H·W points: channels 0 … C-1 are real parts, C … 2C-1 the imaginary ones.
template <class T>
struct Illuminate {         // psi[b,c,p] = gain · (patch[b,c,p] + i·patch[b,C+c,p]) · probe[p]
  const T* patch;           // (B, 2C, P)
  const Complex<T>* probe;  // (P)
  Complex<T>* psi;          // (B, C, P), overwritten
  std::int64_t batch, channels, points;
  T gain;
};

template <class T>
struct IlluminateBackward {  // dpatch[b,c,p] + i·dpatch[b,C+c,p] = gain · dpsi[b,c,p] · conj(probe[p])
  const Complex<T>* dpsi;    // (B, C, P)
  const Complex<T>* probe;   // (P)
  T* dpatch;                 // (B, 2C, P), overwritten
  std::int64_t batch, channels, points;
  T gain;
};

template <class T>
struct ShiftedModulus {  // y[(k+⌊H/2⌋) mod H, (l+⌊W/2⌋) mod W] = scale · |x[k,l]|: frequency 0 goes to the middle
  const Complex<T>* x;  // (planes, H, W)
  T* y;                 // (planes, H, W), overwritten
  std::int64_t planes, height, width;
  T scale;
};

/// |x|² below which x has no direction: it underflows.
template <class T>
inline constexpr T kLeastSquare = std::numeric_limits<T>::min();

template <class T>
struct ShiftedModulusBackward {  // dx[k,l] = scale · dy[shifted k,l] · x/|x|, and 0 where |x|² < kLeastSquare
  const Complex<T>* x;           // (planes, H, W)
  const T* dy;                   // (planes, H, W), shifted as y is
  Complex<T>* dx;                // (planes, H, W), may be x
  std::int64_t planes, height, width;
  T scale;
};

}  // namespace fno
