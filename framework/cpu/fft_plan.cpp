#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "framework/cpu/fft_engine.h"
#include "framework/cpu/fft_passes.h"
#include "framework/cpu/kernel_set.h"
#include "framework/error.h"

namespace fno::cpu {
namespace {

int checked_length(int n, int limit) {
  require<ErrorKind::config>(n >= 1 && n <= limit, "FftPlan: length ", n, " is not in 1 … ", limit);
  return n;
}

template <class Plan>
const Plan& kept_plan(int n) {
  static std::mutex mutex;
  // Never destroyed, so that a plan outlives every static object and thread that may use it.
  static auto& plans = *new std::map<std::pair<const KernelSet*, int>, Plan>;
  const std::lock_guard lock(mutex);
  const std::pair key{&kernel_set(), n};
  const auto found = plans.find(key);
  return found != plans.end() ? found->second : plans.emplace(key, Plan(n)).first->second;
}

}  // namespace

template <class T>
FftPlan<T>::FftPlan(int n) : engine_(kernel_set().of<T>().make_fft(checked_length(n, kMaxLength))) {}
template <class T>
FftPlan<T>::~FftPlan() = default;
template <class T>
FftPlan<T>::FftPlan(FftPlan&&) noexcept = default;
template <class T>
FftPlan<T>& FftPlan<T>::operator=(FftPlan&&) noexcept = default;

template <class T>
int FftPlan<T>::size() const {
  return engine_->size();
}

template <class T>
std::size_t FftPlan<T>::workspace(int count) const {
  return engine_->workspace(count);
}

template <class T>
void FftPlan<T>::forward(const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out,
                         std::complex<T>* scratch) const {
  engine_->transform(false, in, stride, out, scratch);
}

template <class T>
void FftPlan<T>::inverse(const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out,
                         std::complex<T>* scratch) const {
  engine_->transform(true, in, stride, out, scratch);
}

template <class T>
void FftPlan<T>::forward_columns(const std::complex<T>* in, std::ptrdiff_t stride, int count, std::complex<T>* out,
                                 std::ptrdiff_t out_stride, std::complex<T>* scratch) const {
  engine_->transform_columns(false, in, stride, count, out, out_stride, scratch);
}

template <class T>
void FftPlan<T>::inverse_columns(const std::complex<T>* in, std::ptrdiff_t stride, int count, std::complex<T>* out,
                                 std::ptrdiff_t out_stride, std::complex<T>* scratch) const {
  engine_->transform_columns(true, in, stride, count, out, out_stride, scratch);
}

template <class T>
void FftPlan<T>::forward_rows(const std::complex<T>* in, std::ptrdiff_t distance, int count, std::complex<T>* out,
                              std::ptrdiff_t out_distance, std::complex<T>* scratch) const {
  engine_->transform_rows(false, in, distance, count, out, out_distance, scratch);
}

template <class T>
void FftPlan<T>::inverse_rows(const std::complex<T>* in, std::ptrdiff_t distance, int count, std::complex<T>* out,
                              std::ptrdiff_t out_distance, std::complex<T>* scratch) const {
  engine_->transform_rows(true, in, distance, count, out, out_distance, scratch);
}

template <class T>
const FftPlan<T>& fft_plan(int n) {
  return kept_plan<FftPlan<T>>(n);
}

template <class T>
RealFftPlan<T>::RealFftPlan(int n)
    : n_(n), kernels_(&kernel_set()), complex_(&fft_plan<T>(n % 2 == 0 && n > 0 ? n / 2 : n)) {
  if (n % 2 == 0)
    for (int k = 0; k <= n / 4; ++k) roots_.push_back(fft::root<T>(k, n));
}

template <class T>
std::size_t RealFftPlan<T>::workspace(int rows) const {
  const int block = std::min(rows, kRealRows);
  return static_cast<std::size_t>(complex_->size()) * static_cast<std::size_t>(block) + complex_->workspace(block);
}

template <class T>
void RealFftPlan<T>::forward(const T* x, int rows, std::complex<T>* x_hat, std::complex<T>* scratch) const {
  kernels_->of<T>().real_forward(*this, x, rows, x_hat, scratch);
}

template <class T>
void RealFftPlan<T>::inverse(const std::complex<T>* x_hat, int rows, T scale, T* x, std::complex<T>* scratch) const {
  kernels_->of<T>().real_inverse(*this, x_hat, rows, scale, x, scratch);
}

template <class T>
const RealFftPlan<T>& real_fft_plan(int n) {
  return kept_plan<RealFftPlan<T>>(n);
}

template class FftPlan<float>;
template class FftPlan<double>;
template const FftPlan<float>& fft_plan<float>(int);
template const FftPlan<double>& fft_plan<double>(int);
template class RealFftPlan<float>;
template class RealFftPlan<double>;
template const RealFftPlan<float>& real_fft_plan<float>(int);
template const RealFftPlan<double>& real_fft_plan<double>(int);

}  // namespace fno::cpu
