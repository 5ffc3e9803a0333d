#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <vector>

#include "framework/error.h"
#include "framework/kernels/scalar.h"

namespace fno {

/// Extents of an array, up to kMaxAxes; rank 0 is a scalar. Always row-major, the last axis contiguous.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents) : Shape(extents.begin(), extents.end()) {}
  explicit Shape(const std::vector<std::int64_t>& extents) : Shape(extents.begin(), extents.end()) {}

  [[nodiscard]] int rank() const { return rank_; }
  /// Extent of an axis; -1 is the last. Errors: config if there is no such axis.
  [[nodiscard]] std::int64_t operator[](int axis) const { return extent_[index(axis)]; }
  std::int64_t& operator[](int axis) { return extent_[index(axis)]; }
  [[nodiscard]] const std::int64_t* begin() const { return extent_.data(); }
  [[nodiscard]] const std::int64_t* end() const { return extent_.data() + rank_; }

  /// Number of elements; 1 for a scalar.
  [[nodiscard]] std::int64_t size() const { return product(0, rank_); }
  /// Product of the extents of axes first … last-1.
  [[nodiscard]] std::int64_t product(int first, int last) const {
    std::int64_t n = 1;
    for (int axis = first; axis < last; ++axis) n *= (*this)[axis];
    return n;
  }
  void push_back(std::int64_t extent) {
    require<ErrorKind::config>(rank_ < kMaxAxes, "a tensor has at most ", kMaxAxes, " axes");
    extent_[static_cast<std::size_t>(rank_++)] = extent;
  }
  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int axis = 0; axis < a.rank_; ++axis)
      if (a[axis] != b[axis]) return false;
    return true;
  }
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '(';
    for (int axis = 0; axis < shape.rank_; ++axis) out << (axis ? ", " : "") << shape[axis];
    return out << ')';
  }

 private:
  [[nodiscard]] std::size_t index(int axis) const {
    const int at = axis < 0 ? axis + rank_ : axis;
    require<ErrorKind::config>(at >= 0 && at < rank_, "axis ", axis, " of a shape with ", rank_, " axes");
    return static_cast<std::size_t>(at);
  }
  template <class It>
  Shape(It first, It last) {
    for (; first != last; ++first) {
      require<ErrorKind::config>(*first >= 0, "a tensor's extent cannot be negative: ", *first);
      push_back(*first);
    }
  }
  std::array<std::int64_t, kMaxAxes> extent_{};
  int rank_ = 0;
};

}  // namespace fno
