// The table of a set of kernels. FNO_KERNEL_SET is its name, given by the build.
#include "framework/cpu/context.h"
#include "framework/cpu/fft_engine.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/kernel_set.h"
#include "framework/cpu/multiply_add.h"
#include "framework/cpu/simd.h"

namespace fno::cpu {
namespace {

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(int threads) : context_(threads) {}
  std::string name() const override { return "cpu"; }
  Memory& memory() override { return context_.memory(); }
#define FNO_DEFINE(Job)                                                \
  void run(const Job<float>& job) override { execute(context_, job); } \
  void run(const Job<double>& job) override { execute(context_, job); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job& job) override { execute(context_, job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  Context context_;
};

std::shared_ptr<Backend> make_backend(int threads) { return std::make_shared<CpuBackend>(threads); }

template <class T>
constexpr KernelSet::Of<T> kOf{gemm<T>,         transpose<T>,    make_fft_engine<T>,
                               real_forward<T>, real_inverse<T>, multiply<T>};

}  // namespace

#define FNO_TEXT(name) #name
#define FNO_TEXT_OF(name) FNO_TEXT(name)
#define FNO_JOIN(a, b) a##b
#define FNO_TABLE_OF(name) FNO_JOIN(fno_kernels_, name)
extern "C" {
extern const KernelSet FNO_TABLE_OF(FNO_KERNEL_SET);
constinit const KernelSet FNO_TABLE_OF(FNO_KERNEL_SET){
    FNO_TEXT_OF(FNO_KERNEL_SET), kVectorBytes * 8, make_backend, multiply_add,
    multiply_add_flop,           kOf<float>,       kOf<double>};
}

}  // namespace fno::cpu
