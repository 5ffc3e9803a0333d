#include "cuda/backend.h"

#include <mutex>

#include "cuda/context.h"
#include "cuda/libraries/vendor.h"

namespace fno::cuda::CU_TARGET {
namespace {

class CudaBackend final : public Backend {
 public:
  CudaBackend(int index, const std::string& name, CudaLibraries libraries)
      : name_(name), context_(index, name), libraries_(context_, libraries) {}
  std::string name() const override { return name_; }
  Memory& memory() override { return context_.memory(); }
#define FNO_DEFINE(Job)                                    \
  void run(const Job<float>& job) override { start(job); } \
  void run(const Job<double>& job) override { start(job); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job& job) override { start(job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  template <class Job>
  void start(const Job& job) {
    if constexpr (kOnePass<Job>)
      if (!libraries_.wanted()) return launch(job);
    if constexpr (CompositeJob<Job>)
      job.in_turn([this](const auto& part) { start(part); }, context_.memory());
    else
      launch(job);
  }
  template <class Job>
  void launch(const Job& job) {  // what has an `execute`
    const std::lock_guard turn(
        turn_);  // host threads take turns: plans and handles of libraries are not theirs to share
    context_.enter();
    if (!libraries_.run(job)) execute(context_, job);
  }

  std::mutex turn_;
  std::string name_;
  Context context_;
  VendorLibraries libraries_;
};

}  // namespace

std::shared_ptr<Backend> make_backend(int index, const std::string& name, CudaLibraries libraries) {
  return std::make_shared<CudaBackend>(index, name, libraries);
}

}  // namespace fno::cuda::CU_TARGET
