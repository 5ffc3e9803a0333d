#pragma once

#include <cstdint>

namespace fno {

/// The least that a job is, whoever runs it.
///
/// Bytes  every element that a job names is read once and every one that it gives is written once, however often a
///        kernel comes back to it. Not in them: what a backend keeps between jobs (tables of twiddles), its scratch.
/// Flop   the formula beside the job as it stands there: an addition, multiplication, division, comparison or root is
///        1, so a multiply-add 2; a function of one number (a GELU, a logarithm) 1 and its derivative 1, whatever
///        polynomial stands behind it; a sum of n terms n. Points that a convolution pads count. Not in them: numbers
///        of a channel or plane beside those of its points.
struct Work {
  double bytes_read = 0, bytes_written = 0, flop = 0;

  [[nodiscard]] double bytes() const { return bytes_read + bytes_written; }
  Work& operator+=(const Work& other) {
    bytes_read += other.bytes_read;
    bytes_written += other.bytes_written;
    flop += other.flop;
    return *this;
  }
  friend Work operator+(Work a, const Work& b) { return a += b; }
  friend Work operator*(double n, const Work& w) { return {n * w.bytes_read, n * w.bytes_written, n * w.flop}; }
  friend bool operator==(const Work&, const Work&) = default;
};

/// Of a job that reads and writes so many numbers of type T.
template <class T>
[[nodiscard]] Work work_on(std::int64_t read, std::int64_t written, double flop) {
  const auto size = static_cast<double>(sizeof(T));
  return {size * static_cast<double>(read), size * static_cast<double>(written), flop};
}

}  // namespace fno
