// A driver's management library with one GPU that does not exist. Variables of the environment say what it is like.
#include <stdlib.h>
#include <string.h>

struct memory { unsigned long long total, free, used; };

static unsigned long long number(const char *name, unsigned long long otherwise) {
    const char *value = getenv(name);
    return value ? strtoull(value, 0, 10) : otherwise;
}

static int text(const char *name, const char *otherwise, char *buffer, unsigned size) {
    const char *value = getenv(name);
    strncpy(buffer, value ? value : otherwise, size - 1);
    buffer[size - 1] = 0;
    return 0;
}

int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)1; return index ? 2 : 0; }
int nvmlDeviceGetName(void *device, char *name, unsigned size) { return text("CUDA_FAKE_NAME", "Imaginary X1", name, size); }
int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size) { return text("CUDA_FAKE_UUID", "GPU-0123456789ab", uuid, size); }
int nvmlSystemGetDriverVersion(char *version, unsigned size) { return text("CUDA_FAKE_DRIVER", "580.95.05", version, size); }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = (int)number("CUDA_FAKE_CUDA", 13000); return 0; }

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
    memory->total = number("CUDA_FAKE_MEMORY", 8ull << 30);
    memory->used = number("CUDA_FAKE_USED", 0);
    memory->free = memory->total - memory->used;
    return 0;
}

int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) {
    unsigned long long both = number("CUDA_FAKE_CAPABILITY", 90);
    *major = (int)(both / 10);
    *minor = (int)(both % 10);
    return 0;
}
