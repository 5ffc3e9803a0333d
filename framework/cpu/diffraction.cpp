#include <algorithm>
#include <cmath>

#include "framework/cpu/context.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements worth a thread's waking up

// Calls f(plane, point, n) for the runs within planes of `points` points that make up elements first … last-1.
template <class F>
void for_each_run(std::int64_t first, std::int64_t last, std::int64_t points, F&& f) {
  for (std::int64_t n; first < last; first += n) {
    const std::int64_t plane = first / points, point = first - plane * points;
    n = std::min(last - first, points - point);
    f(plane, point, n);
  }
}

// Calls f(from, to, n) for the runs of spectra (planes, height, width) whose elements stay side by side when frequency
// 0 moves to the middle: two a row.
template <class F>
void for_each_shifted_run(Context& context, std::int64_t planes, std::int64_t height, std::int64_t width, F&& f) {
  const std::int64_t down = height / 2, right = width / 2;
  context.parallel(planes * height, 1 + kGrain / (width + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t y = row % height, to = row - y + (y + down) % height;
      f(row * width, to * width + right, width - right);
      f(row * width + width - right, to * width, right);
    }
  });
}

// Offset of the real part of element `point` of plane (b, c); its imaginary part is channels · points further.
template <class Job>
std::int64_t patch_offset(const Job& j, std::int64_t plane, std::int64_t point) {
  return (plane + plane / j.channels * j.channels) * j.points + point;
}

}  // namespace

template <class T>
void execute(Context& context, const Illuminate<T>& j) {
  const std::int64_t apart = j.channels * j.points;
  context.parallel(j.batch * apart, kGrain, [&](std::int64_t first, std::int64_t last) {
    for_each_run(first, last, j.points, [&](std::int64_t plane, std::int64_t point, std::int64_t n) {
      const T *re = j.patch + patch_offset(j, plane, point), *im = re + apart;
      const Complex<T>* probe = j.probe + point;
      Complex<T>* psi = j.psi + plane * j.points + point;
      const T gain = j.gain;
      for (std::int64_t i = 0; i < n; ++i) {
        const T a = gain * re[i], b = gain * im[i];
        psi[i] = {a * probe[i].re - b * probe[i].im, a * probe[i].im + b * probe[i].re};
      }
    });
  });
}

template <class T>
void execute(Context& context, const IlluminateBackward<T>& j) {
  const std::int64_t apart = j.channels * j.points;
  context.parallel(j.batch * apart, kGrain, [&](std::int64_t first, std::int64_t last) {
    for_each_run(first, last, j.points, [&](std::int64_t plane, std::int64_t point, std::int64_t n) {
      T *re = j.dpatch + patch_offset(j, plane, point), *im = re + apart;
      const Complex<T>* probe = j.probe + point;
      const Complex<T>* dpsi = j.dpsi + plane * j.points + point;
      const T gain = j.gain;
      for (std::int64_t i = 0; i < n; ++i) {
        const T a = gain * dpsi[i].re, b = gain * dpsi[i].im;
        re[i] = a * probe[i].re + b * probe[i].im;
        im[i] = b * probe[i].re - a * probe[i].im;
      }
    });
  });
}

template <class T>
void execute(Context& context, const ShiftedModulus<T>& j) {
  for_each_shifted_run(context, j.planes, j.height, j.width, [&](std::int64_t from, std::int64_t to, std::int64_t n) {
    const Complex<T>* x = j.x + from;
    T* y = j.y + to;
    const T scale = j.scale;
    for (std::int64_t i = 0; i < n; ++i) y[i] = scale * std::sqrt(x[i].re * x[i].re + x[i].im * x[i].im);
  });
}

template <class T>
void execute(Context& context, const ShiftedModulusBackward<T>& j) {
  for_each_shifted_run(context, j.planes, j.height, j.width, [&](std::int64_t from, std::int64_t to, std::int64_t n) {
    const Complex<T>* x = j.x + from;
    const T* dy = j.dy + to;
    Complex<T>* dx = j.dx + from;
    const T scale = j.scale;
    for (std::int64_t i = 0; i < n; ++i) {
      const T re = x[i].re, im = x[i].im, square = re * re + im * im;
      // Turned so that NaN passes through.
      const T factor = square < kLeastSquare<T> ? T(0) : scale * dy[i] / std::sqrt(square);
      dx[i] = {factor * re, factor * im};
    }
  });
}

template void execute(Context&, const Illuminate<float>&);
template void execute(Context&, const Illuminate<double>&);
template void execute(Context&, const IlluminateBackward<float>&);
template void execute(Context&, const IlluminateBackward<double>&);
template void execute(Context&, const ShiftedModulus<float>&);
template void execute(Context&, const ShiftedModulus<double>&);
template void execute(Context&, const ShiftedModulusBackward<float>&);
template void execute(Context&, const ShiftedModulusBackward<double>&);

}  // namespace fno::cpu
