#pragma once

#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/folding.h"

namespace fno::cpu {

/// Channels of a unit: their coefficients of one mode fill a 64-byte line of the spectrum.
inline constexpr int kGroup = 8;

// Sizes of the stages of one channel: x (n0, n1, n2) → (rows0, n1, n2) → (rows0, rows1, n2) → (rows0, rows1, k2) twice.
template <class T>
struct Stages {
  const AxisTable<T>* axis;
  int n1, n2, rows0, rows1, k2;
  std::ptrdiff_t pitch0, pitch1;  // from row to row after axis 0 and after axis 1
  int together;                   // channels that go through the last axis at once: on a line each has but one row
  Stages(const ModeSet& m, const SpectralTables<T>& t)
      : axis(t.axis),
        n1(m.size[1]),
        n2(m.size[2]),
        rows0(axis[0].is_trivial() ? 1 : axis[0].rows()),
        rows1(axis[1].is_trivial() ? 1 : axis[1].rows()),
        k2(axis[2].kept()),
        pitch0(padded<T>(n1 * n2)),
        pitch1(padded<T>(n2)),
        together(axis[0].is_trivial() && axis[1].is_trivial() ? kGroup : 1) {}
  [[nodiscard]] int rows() const { return rows0 * rows1; }
  // Each part of the scratch is whole vectors long, so that the next begins at one.
  static std::size_t whole(std::size_t n) { return (n + Simd<T>::lanes - 1) / Simd<T>::lanes * Simd<T>::lanes; }
  [[nodiscard]] std::size_t first() const { return axis[0].is_trivial() ? 0 : std::size_t(rows0) * pitch0; }
  [[nodiscard]] std::size_t second() const { return std::size_t(together) * rows() * pitch1; }
  [[nodiscard]] int last() const { return rows() * k2; }  // cosines of a channel, or sines
  [[nodiscard]] std::ptrdiff_t last_pitch() const { return together == 1 ? k2 : 2 * last(); }  // of their rows
  [[nodiscard]] std::size_t turned() const { return 2 * std::size_t(kGroup) * static_cast<std::size_t>(last()); }
  [[nodiscard]] std::size_t folded() const {
    std::size_t most = second();
    if (!axis[0].is_trivial()) most = std::max(most, std::size_t(axis[0].points) * strip_width<T>(n1 * n2));
    if (!axis[1].is_trivial()) most = std::max(most, std::size_t(axis[1].points) * strip_width<T>(n2));
    return whole(most);
  }
  [[nodiscard]] std::size_t scratch() const { return first() + second() + folded() + 2 * turned(); }
};

/// A job on the spectrum cut into units, a group of channels of a sample each, for whoever divides them among threads.
template <class T>
class Transform {
 public:
  Transform(const SpectralTables<T>& tables, const ModeSet& modes, int batch, int channels, bool weighted);
  [[nodiscard]] std::int64_t units_of_sample() const { return groups_; }
  [[nodiscard]] std::int64_t units() const { return batch_ * groups_; }
  [[nodiscard]] std::size_t scratch() const { return stages_.scratch(); }

 protected:
  struct Unit {
    std::int64_t plane;  // (sample, channel) of its first
    int width;           // channels
  };
  [[nodiscard]] Unit unit(std::int64_t u) const;
  struct Parts {
    T *first, *second, *folded, *lasts, *turned;
  };
  [[nodiscard]] Parts parts(T* scratch) const;

  const SpectralTables<T>& tables_;
  Stages<T> stages_;
  std::int64_t batch_, channels_, groups_, points_;
  const T *weights_[kGridAxes], *factor_re_, *factor_im_;
  bool first_trivial_;
};

template <class T>
class Analysis : public Transform<T> {
 public:
  Analysis(Context& context, const Analyse<T>& job);
  /// `x` stands for that of the job, with planes so far apart.
  void run(std::int64_t begin, std::int64_t end, const T* x, std::int64_t x_plane, T* scratch) const;

 private:
  Analyse<T> job_;
};

template <class T>
class Synthesis : public Transform<T> {
 public:
  Synthesis(Context& context, const Synthesise<T>& job);
  /// `y` stands for that of the job, with planes so far apart.
  void run(std::int64_t begin, std::int64_t end, T* y, std::int64_t y_plane, T* scratch) const;

 private:
  Synthesise<T> job_;
};

}  // namespace fno::cpu
