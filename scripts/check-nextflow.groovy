// Writes the shell script of a module's process, as Groovy fills it in: check-nextflow.groovy MODULE script|stub NAME=VALUE...
// What Nextflow itself would do (staging, channels, publishing) is not here.
class Body {
    Map values
    def propertyMissing(String name) { values[name] }
    // Directives, inputs and outputs say nothing of the script.
    def methodMissing(String name, arguments) { null }
}

class ProcessFile extends Script {
    Closure body
    def run() { null }
    def methodMissing(String name, arguments) {
        if (arguments.length == 1 && arguments[0] instanceof Closure) body = arguments[0]
    }
    def propertyMissing(String name) { null }
}

def text = new File(args[0]).text
def (head, script, stub) = text.split(/\n    (?:script|stub):\n/)
// The text that is wanted comes last: a closure answers with that.
def wanted = head + '\n' + (args[1] == 'stub' ? stub : script + '\n}\n')
def configuration = new org.codehaus.groovy.control.CompilerConfiguration(scriptBaseClass: ProcessFile.name)
def module = new GroovyShell(this.class.classLoader, new Binding(), configuration).parse(wanted)
module.run()
def given = args.drop(2).collectEntries { def (name, value) = it.split('=', 2); [name, value] }
def values = [
    meta: [id: 'cohort'], params: [:], workflow: [profile: 'standard'],
    task: [cpus: 1, process: 'CHECK', ext: [:]],
] + given
module.body.delegate = new Body(values: values)
module.body.resolveStrategy = Closure.DELEGATE_FIRST
print module.body.call().stripIndent()
