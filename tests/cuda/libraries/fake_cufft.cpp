// Stands in for libcufft.so.12 where there is no GPU: see fake_cublas.cpp. Direct sums. A complex-to-real transform
// reads the half spectrum as that of a real array, and, as the real one may, destroys it.
#include <cmath>
#include <complex>
#include <cstddef>
#include <map>
#include <vector>

namespace {

using Number = std::complex<double>;

struct Plan {
  std::vector<long long> n;
  int kind = 0;
  long long batch = 0;
  bool has_work_area = false;
};
std::map<int, Plan>& plans() {
  static std::map<int, Plan> all;
  return all;
}
int last = 0;

long long product_of(const std::vector<long long>& n) {
  long long count = 1;
  for (const long long extent : n) count *= extent;
  return count;
}

// X[k] = Σ x[p] exp(sign·iθ) over a whole grid.
std::vector<Number> transformed(const std::vector<Number>& x, const std::vector<long long>& n, int sign) {
  std::vector<Number> y(x.size());
  for (std::size_t k = 0; k < x.size(); ++k)
    for (std::size_t p = 0; p < x.size(); ++p) {
      double turns = 0;
      auto k_left = static_cast<long long>(k), p_left = static_cast<long long>(p);
      for (std::size_t a = n.size(); a-- > 0; k_left /= n[a], p_left /= n[a])
        turns += static_cast<double>((k_left % n[a]) * (p_left % n[a]) % n[a]) / static_cast<double>(n[a]);
      y[k] += x[p] * std::polar(1.0, sign * 2 * M_PI * turns);
    }
  return y;
}

template <class T>
int complex_to_complex(int plan, int kind, std::complex<T>* in, std::complex<T>* out, int direction) {
  const Plan& p = plans().at(plan);
  if (p.kind != kind || !p.has_work_area || (direction != 1 && direction != -1)) return 5;
  const long long points = product_of(p.n);
  for (long long b = 0; b < p.batch; ++b) {
    const std::vector<Number> y = transformed({in + b * points, in + (b + 1) * points}, p.n, direction);
    for (std::size_t i = 0; i < y.size(); ++i) out[b * points + static_cast<long long>(i)] = std::complex<T>(y[i]);
  }
  return 0;
}

template <class T>
int real_to_complex(int plan, int kind, const T* in, std::complex<T>* out) {
  const Plan& p = plans().at(plan);
  if (p.kind != kind || !p.has_work_area) return 5;
  const long long points = product_of(p.n), last_n = p.n.back(), columns = last_n / 2 + 1;
  for (long long b = 0; b < p.batch; ++b) {
    const std::vector<Number> y = transformed({in + b * points, in + (b + 1) * points}, p.n, -1);
    for (long long row = 0; row < points / last_n; ++row)
      for (long long column = 0; column < columns; ++column)
        *out++ = std::complex<T>(y[static_cast<std::size_t>(row * last_n + column)]);
  }
  return 0;
}

template <class T>
int complex_to_real(int plan, int kind, std::complex<T>* in, T* out) {
  const Plan& p = plans().at(plan);
  if (p.kind != kind || !p.has_work_area) return 5;
  const long long points = product_of(p.n), last_n = p.n.back(), columns = last_n / 2 + 1, rows = points / last_n;
  for (long long b = 0; b < p.batch; ++b, in += rows * columns) {
    std::vector<Number> full(static_cast<std::size_t>(points));
    for (long long row = 0; row < rows; ++row) {
      long long mirror = 0, left = row, stride = 1;
      for (std::size_t a = p.n.size() - 1; a-- > 0; left /= p.n[a]) {
        mirror += (p.n[a] - left % p.n[a]) % p.n[a] * stride;
        stride *= p.n[a];
      }
      for (long long column = 0; column < last_n; ++column)
        full[static_cast<std::size_t>(row * last_n + column)] =
            column < columns ? Number(in[row * columns + column])
                             : std::conj(Number(in[mirror * columns + last_n - column]));
    }
    for (const Number& value : transformed(full, p.n, 1)) {
      // A spectrum that belongs to no real array would show here.
      *out++ = static_cast<T>(std::abs(value.imag()) < 1e-3 ? value.real() : NAN);
    }
    for (long long i = 0; i < rows * columns; ++i) in[i] = {static_cast<T>(NAN), static_cast<T>(NAN)};
  }
  return 0;
}

}  // namespace

extern "C" {

int cufftGetVersion(int* version) {
  *version = 12345;
  return 0;
}
int cufftCreate(int* plan) {
  *plan = last++;
  plans()[*plan] = {};
  return 0;
}
int cufftDestroy(int plan) { return plans().erase(plan) == 1 ? 0 : 1; }
int cufftSetAutoAllocation(int, int on) { return on == 0 ? 0 : 1; }
int cufftMakePlanMany64(int plan, int rank, const long long* n, const long long* inembed, long long, long long,
                        const long long* onembed, long long, long long, int kind, long long batch, std::size_t* bytes) {
  if (inembed != nullptr || onembed != nullptr || rank < 1 || rank > 3) return 4;
  plans().at(plan) = {{n, n + rank}, kind, batch, false};
  *bytes = 100;
  return 0;
}
int cufftSetStream(int, void*) { return 0; }
int cufftSetWorkArea(int plan, void* work) {
  plans().at(plan).has_work_area = work != nullptr;
  return 0;
}
int cufftExecR2C(int plan, float* in, std::complex<float>* out) { return real_to_complex(plan, 0x2a, in, out); }
int cufftExecD2Z(int plan, double* in, std::complex<double>* out) { return real_to_complex(plan, 0x6a, in, out); }
int cufftExecC2R(int plan, std::complex<float>* in, float* out) { return complex_to_real(plan, 0x2c, in, out); }
int cufftExecZ2D(int plan, std::complex<double>* in, double* out) { return complex_to_real(plan, 0x6c, in, out); }
int cufftExecC2C(int plan, std::complex<float>* in, std::complex<float>* out, int direction) {
  return complex_to_complex(plan, 0x29, in, out, direction);
}
int cufftExecZ2Z(int plan, std::complex<double>* in, std::complex<double>* out, int direction) {
  return complex_to_complex(plan, 0x69, in, out, direction);
}
}
