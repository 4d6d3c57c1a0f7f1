using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Store.Content;

/// <summary>Files that a caller named, opened with no more rights than the caller has; also long after the call, by a job.</summary>
public interface ICallerFiles
{
    /// <exception cref="Errors.EngineException">NOT_FOUND, PERMISSION_DENIED, UPLOAD_REQUIRED.</exception>
    SafeFileHandle Open(string path, uint uid);
}
