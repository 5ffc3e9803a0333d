#pragma once

#include <cstdint>

#include "cuda/context.h"

namespace fno::cuda::CU_TARGET {

/// out = in times a factor by column, over `planes` half spectra of (rows0, rows1, n/2+1) columns. Column 0 and, of an
/// even n, the last one are edges. `hermitian` first makes the edges symmetric, X[k] ← (X[k] + conj X[-k]) / 2: their
/// part that a real result can have, which is what the inverse of the contracts takes of them.
template <class T>
struct HalfSpectrum {
  const Complex<T>* in;
  Complex<T>* out;  // may be `in` unless hermitian
  std::int64_t planes;
  int rows0, rows1, n;
  T edge, inner;
  bool hermitian;
};

template <class T>
void weigh(Context& context, const HalfSpectrum<T>& job);

}  // namespace fno::cuda::CU_TARGET
