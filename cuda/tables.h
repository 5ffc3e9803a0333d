#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "cuda/context.h"
#include "framework/kernels/spectral.h"

namespace fno::cuda::CU_TARGET {

/// A leading axis of a ModeSet on the device. Frequencies k and -k share their products: the tables run over pairs.
template <class T>
struct AxisTable {
  int points = 1, kept = 1, pairs = 1;
  const T* waves = nullptr;                     // (2·pairs, points): rows 2u, 2u+1 are w·cos and w·sin of |k_u|
  const int *plus = nullptr, *minus = nullptr;  // (pairs) place of +|k_u| and -|k_u| among the kept; -1 if not kept
};

/// What the transform of a ModeSet needs on the device.
template <class T>
struct ModeTables {
  int last_points = 1, last_kept = 1;
  const Complex<T>* last[2] = {nullptr, nullptr};  // [weighted] (last_kept, last_points) = w(k,p)·exp(-iθ)
  AxisTable<T> axis[2][2];                         // [weighted] the two leading axes
};

/// Tables on the device of one context, made when first asked for (a copy from the host) and kept until it ends. Angles
/// are reduced exactly in integers, sines taken in double precision. Reached by context.cache<Tables>().
class Tables {
 public:
  explicit Tables(Context& context) : memory_(context.memory()) {}
  ~Tables();
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  /// By grid, period, quadrature and frequencies; the weight index plays no part.
  template <class T>
  [[nodiscard]] const ModeTables<T>& modes(const ModeSet& modes);
  /// (n) copy of modes.weight_index.
  [[nodiscard]] const int* weight_index(const ModeSet& modes);
  /// (n) exp(-2πi·j/n).
  template <class T>
  [[nodiscard]] const Complex<T>* roots(int n);

 private:
  using Key = std::tuple<std::array<int, kGridAxes>, std::array<int, kGridAxes>,
                         std::array<std::vector<double>, kGridAxes>, std::array<std::vector<int>, kGridAxes>>;
  template <class T>
  struct Family {
    std::map<Key, ModeTables<T>> modes;
    std::map<int, const Complex<T>*> roots;
  };
  template <class T>
  Family<T>& family();
  template <class E>
  const E* upload(const std::vector<E>& values);
  template <class T>
  AxisTable<T> make_axis(const ModeSet& modes, std::size_t axis, bool weighted);

  Memory& memory_;
  std::mutex mutex_;
  std::vector<std::pair<void*, std::size_t>> blocks_;
  std::map<std::vector<int>, const int*> weight_indices_;
  Family<float> float_;
  Family<double> double_;
};

}  // namespace fno::cuda::CU_TARGET
