// The truncated transform as matrix products with real tables, one (sample, group of channels) at a time, so that what
// one step writes the next still finds in the cache. The slowest axis goes first: its products run along whole rows of
// the field, and what is left for the axes after it is a few rows.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "framework/cpu/folding.h"
#include "framework/cpu/folding_last.h"
#include "framework/cpu/transform.h"

namespace fno::cpu {
namespace {

template <class T>
const T* weights_of(const AxisTable<T>& t, bool weighted) {
  return weighted || t.weights.empty() ? nullptr : t.weights.data();
}

// Calls f(mode, cc, cs, sc, ss, s0, s1) for the kept frequencies of the leading axes: which rows of the last stage
// make up their coefficients (-1: none) and the signs of the two frequencies.
template <class T, class F>
void for_each_column(const Stages<T>& st, F&& f) {
  const AxisTable<T>&a0 = st.axis[0], &a1 = st.axis[1];
  int mode = 0;
  for (int i0 = 0; i0 < a0.kept(); ++i0) {
    const int c0 = a0.is_trivial() ? 0 : a0.cosine_row[i0], s0 = a0.is_trivial() ? -1 : a0.sine_row[i0];
    for (int i1 = 0; i1 < a1.kept(); ++i1, mode += st.k2) {
      const int c1 = a1.is_trivial() ? 0 : a1.cosine_row[i1], s1 = a1.is_trivial() ? -1 : a1.sine_row[i1];
      f(mode, c0 * st.rows1 + c1, s1 < 0 ? -1 : c0 * st.rows1 + s1, s0 < 0 ? -1 : s0 * st.rows1 + c1,
        s0 < 0 || s1 < 0 ? -1 : s0 * st.rows1 + s1, static_cast<T>(a0.sign[i0]), static_cast<T>(a1.sign[i1]));
    }
  }
}

// Coefficients of a group of channels lie side by side, (re, im) after (re, im), and so do what the last axis gives of
// them, (C, S) after (C, S). A vector holds some of these pairs.
constexpr int kPairs = 2 * kGroup;

template <class T>
struct Pairs {
  using S = Simd<T>;
  using V = typename S::V;
  static_assert(kPairs % S::lanes == 0);

  static V swapped(V v) {
    using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    typedef Index Mask __attribute__((vector_size(kVectorBytes)));
    Mask mask{};
    for (int l = 0; l < S::lanes; ++l) mask[l] = l ^ 1;
    return __builtin_shuffle(v, mask);
  }
  static V alternating(T even, T odd) {
    V v{};
    for (int l = 0; l < S::lanes; ++l) v[l] = l % 2 ? odd : even;
    return v;
  }
};

// What the last axis gave, turned (rows · k2, pairs) → coefficients of `width` channels, to x_hat, whose modes are
// `step` numbers apart. With the operators C - iS of each axis: X = (CC - s0·s1·SS) - i·(s1·CS + s0·SC), each of them C
// - iS on the last axis.
template <class T>
void combine(const Stages<T>& st, const int* column, int width, const T* turned, const T* factor_re, const T* factor_im,
             T scale, T* x_hat, std::ptrdiff_t step) {
  using P = Pairs<T>;
  using S = Simd<T>;
  using V = typename S::V;
  const V conjugate = P::alternating(1, -1);
  const std::ptrdiff_t row = std::ptrdiff_t{st.k2} * kPairs;
  for_each_column(st, [&](int mode, int cc, int cs, int sc, int ss, T s0, T s1) {
    for (int k = 0; k < st.k2; ++k) {
      const V re = S::splat(factor_re[mode + k] * scale), im = conjugate * -(factor_im[mode + k] * scale);
      const T* at = turned + column[k] * kPairs;
      T* to = x_hat + (mode + k) * step;
      for (int v = 0; v < 2 * width; v += S::lanes, at += S::lanes) {
        V x = S::load(at + cc * row) * conjugate;
        if (cs >= 0) x -= s1 * P::swapped(S::load(at + cs * row));
        if (sc >= 0) x -= s0 * P::swapped(S::load(at + sc * row));
        if (ss >= 0) x -= s0 * s1 * (S::load(at + ss * row) * conjugate);
        x = x * re + P::swapped(x) * im;
        if (2 * width - v >= S::lanes)
          S::store(to + v, x);
        else
          S::store_part(to + v, x, 2 * width - v);
      }
    }
  });
}

// The adjoint: coefficients of `width` channels → turned, to be multiplied by the cosines and sines of the last axis:
// Re(Y·(C + i·S)) = Re(Y)·C - Im(Y)·S.
template <class T>
void spread(const Stages<T>& st, const int* column, int width, const T* y_hat, std::ptrdiff_t step, const T* factor_re,
            const T* factor_im, T scale, T* turned) {
  using P = Pairs<T>;
  using S = Simd<T>;
  using V = typename S::V;
  const V conjugate = P::alternating(1, -1);
  const std::ptrdiff_t row = std::ptrdiff_t{st.k2} * kPairs;
  std::fill_n(turned, st.turned(), T(0));
  for_each_column(st, [&](int mode, int cc, int cs, int sc, int ss, T s0, T s1) {
    for (int k = 0; k < st.k2; ++k) {
      const V re = S::splat(factor_re[mode + k] * scale), im = conjugate * (factor_im[mode + k] * scale);
      const T* from = y_hat + (mode + k) * step;
      T* at = turned + column[k] * kPairs;
      for (int v = 0; v < 2 * width; v += S::lanes, at += S::lanes) {
        V y = 2 * width - v >= S::lanes ? S::load(from + v) : S::load_part(from + v, 2 * width - v);
        y = y * re + P::swapped(y) * im;
        const auto add = [at, row](int to, V value) { S::store(at + to * row, S::load(at + to * row) + value); };
        const V straight = y * conjugate, crossed = P::swapped(y);
        add(cc, straight);
        if (cs >= 0) add(cs, -s1 * crossed);
        if (sc >= 0) add(sc, -s0 * crossed);
        if (ss >= 0) add(ss, -s0 * s1 * straight);
      }
    }
  });
}

}  // namespace

template <class T>
Transform<T>::Transform(const SpectralTables<T>& tables, const ModeSet& modes, int batch, int channels, bool weighted)
    : tables_(tables),
      stages_(modes, tables),
      batch_(batch),
      channels_(channels),
      groups_((channels + kGroup - 1) / kGroup),
      points_(modes.points()),
      factor_re_(tables.factor_re[weighted].data()),
      factor_im_(tables.factor_im[weighted].data()),
      first_trivial_(tables.axis[0].is_trivial()) {
  for (int axis = 0; axis < kGridAxes; ++axis) weights_[axis] = weights_of(tables.axis[axis], weighted);
}

template <class T>
typename Transform<T>::Unit Transform<T>::unit(std::int64_t u) const {
  const std::int64_t b = u / groups_, c0 = u % groups_ * kGroup;
  return {.plane = b * channels_ + c0, .width = static_cast<int>(std::min<std::int64_t>(kGroup, channels_ - c0))};
}

template <class T>
typename Transform<T>::Parts Transform<T>::parts(T* scratch) const {
  Parts p{};
  p.first = scratch;
  p.second = p.first + stages_.first();
  p.folded = p.second + stages_.second();
  p.lasts = p.folded + stages_.folded();
  p.turned = p.lasts + stages_.turned();
  return p;
}

template <class T>
Analysis<T>::Analysis(Context& context, const Analyse<T>& job)
    : Transform<T>(context.tables<T>(*job.modes), *job.modes, job.batch, job.channels, job.weighted), job_(job) {}

template <class T>
void Analysis<T>::run(std::int64_t begin, std::int64_t end, const T* x, std::int64_t x_plane, T* scratch) const {
  const Stages<T>& st = this->stages_;
  const SpectralTables<T>& t = this->tables_;
  const AxisTable<T>& last = t.axis[2];
  const auto [first, second, folded, lasts, turned] = this->parts(scratch);
  for (std::int64_t u = begin; u < end; ++u) {
    const auto unit = this->unit(u);
    for (int c = 0; c < unit.width; c += st.together) {
      const int rows = st.rows() * std::min(st.together, unit.width - c);
      const T* in = x + (unit.plane + c) * x_plane;
      std::ptrdiff_t slice = 0, pitch = st.together > 1 ? x_plane : st.n2;  // of `in`
      const bool more = u + 1 < end || c + 1 < unit.width;
      Ahead<T> next = more ? Ahead<T>(in + x_plane, this->points_) : Ahead<T>();
      if (!t.axis[0].is_trivial()) {
        analyse_rows(t.axis[0], st.n1 * st.n2, in, st.n1 * st.n2, this->weights_[0], folded, first, next);
        in = first;
        slice = pitch = st.pitch0;
        next = {};
      }
      if (!t.axis[1].is_trivial()) {
        for (int r = 0; r < st.rows0; ++r)
          analyse_rows(t.axis[1], st.n2, in + r * slice, st.n2, this->weights_[1], folded,
                       second + r * st.rows1 * st.pitch1, next);
        in = second;
        pitch = st.pitch1;
      }
      fold_columns(last, rows, in, pitch, this->weights_[2], folded);
      const auto multiply = [&, folded = folded](const auto& products, T* to) {
        for (const auto& p : products)
          gemm(rows, p.columns, p.length, folded + std::ptrdiff_t{rows} * p.point, p.length, 1, p.table.data(),
               p.columns, to + p.column, st.last_pitch(), false);
      };
      T* cosines = lasts + 2 * c * st.last();
      multiply(t.last_cosines, cosines);
      multiply(t.last_sines, cosines + st.last());
    }
    transpose(2 * unit.width, st.last(), lasts, st.last(), turned, kPairs);
    combine(st, t.column.data(), unit.width, turned, this->factor_re_, this->factor_im_, job_.scale,
            reinterpret_cast<T*>(job_.x_hat + unit.plane), 2 * this->batch_ * this->channels_);
  }
}

template <class T>
Synthesis<T>::Synthesis(Context& context, const Synthesise<T>& job)
    : Transform<T>(context.tables<T>(*job.modes), *job.modes, job.batch, job.channels, job.weighted), job_(job) {}

template <class T>
void Synthesis<T>::run(std::int64_t begin, std::int64_t end, T* to_y, std::int64_t y_plane, T* scratch) const {
  const Stages<T>& st = this->stages_;
  const SpectralTables<T>& t = this->tables_;
  const AxisTable<T>& last = t.axis[2];
  const auto [first, second, folded, lasts, turned] = this->parts(scratch);
  const bool first_last = this->first_trivial_, second_last = first_last && t.axis[1].is_trivial();
  for (std::int64_t u = begin; u < end; ++u) {
    const auto unit = this->unit(u);
    spread(st, t.column.data(), unit.width, reinterpret_cast<const T*>(job_.y_hat + unit.plane),
           2 * this->batch_ * this->channels_, this->factor_re_, this->factor_im_, job_.scale, turned);
    transpose(st.last(), 2 * unit.width, turned, kPairs, lasts, st.last());
    for (int c = 0; c < unit.width; c += st.together) {
      const int rows = st.rows() * std::min(st.together, unit.width - c);
      const auto multiply = [&, folded = folded](const auto& products, const T* from) {
        for (const auto& p : products)
          gemm(rows, p.length, p.columns, from + p.column, st.last_pitch(), 1, p.table_t.data(), p.length,
               folded + std::ptrdiff_t{rows} * p.point, p.length, false);
      };
      const T* cosines = lasts + 2 * c * st.last();
      multiply(t.last_cosines, cosines);
      multiply(t.last_sines, cosines + st.last());
      T* const y = to_y + (unit.plane + c) * y_plane;
      if (second_last) {
        unfold_columns(last, rows, folded, this->weights_[2], job_.accumulate, y, y_plane);
        continue;
      }
      const bool has_second = !t.axis[1].is_trivial();
      unfold_columns(last, rows, folded, this->weights_[2], false, has_second ? second : first,
                     has_second ? st.pitch1 : st.pitch0);
      if (has_second)
        for (int r = 0; r < st.rows0; ++r)
          synthesise_rows(t.axis[1], st.n2, second + r * st.rows1 * st.pitch1, this->weights_[1],
                          first_last && job_.accumulate, folded, first_last ? y : first + r * st.pitch0, st.n2);
      if (!first_last)
        synthesise_rows(t.axis[0], st.n1 * st.n2, first, this->weights_[0], job_.accumulate, folded, y, st.n1 * st.n2);
    }
  }
}

template <class T>
void execute(Context& context, const Analyse<T>& j) {
  const Analysis<T> analysis(context, j);
  context.parallel_with_scratch<T>(analysis.units(), 1, analysis.scratch(),
                                   [&](std::int64_t begin, std::int64_t end, T* scratch) {
                                     analysis.run(begin, end, j.x, j.modes->points(), scratch);
                                   });
}

template <class T>
void execute(Context& context, const Synthesise<T>& j) {
  const Synthesis<T> synthesis(context, j);
  context.parallel_with_scratch<T>(synthesis.units(), 1, synthesis.scratch(),
                                   [&](std::int64_t begin, std::int64_t end, T* scratch) {
                                     synthesis.run(begin, end, j.y, j.modes->points(), scratch);
                                   });
}

template class Analysis<float>;
template class Analysis<double>;
template class Synthesis<float>;
template class Synthesis<double>;
FNO_INSTANTIATE(Analyse);
FNO_INSTANTIATE(Synthesise);

}  // namespace fno::cpu
